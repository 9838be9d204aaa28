/**
 * What each role may, as it was signed, and what an admin would change in it.
 *
 * Changes wait until they are saved or discarded, or the desk is left: another section may be
 * opened meanwhile, and another admin may sign. What they would come to is the core's word.
 */
import {
  asFailure,
  call,
  type CellChange,
  type CellView,
  type Failure,
  type PolicyView,
  type RemoveRole,
  type RemoveStatement,
  type RoleView,
  type SaveRole,
  type SaveStatement,
} from "../ipc";
import { cellKey, type Pending, reapplied, withChange } from "./matrix";

export class PolicyDraft {
  /** As it was signed last; none before the first look. */
  signed = $state.raw<PolicyView | null>(null);
  /** The same with the changes, as the core answered last. */
  shown = $state.raw<PolicyView | null>(null);
  pending = $state.raw<Pending>(new Map());
  failure = $state.raw<Failure | null>(null);
  saving = $state(false);
  /** Another version was signed while changes waited; so many of them have no place in it. */
  overtaken = $state.raw<{ lost: number } | null>(null);
  /** Only the answer to the newest question is shown. */
  #asked = 0;

  get roles(): RoleView[] {
    return this.signed?.roles ?? [];
  }

  /** Looks at what is signed, and at what the changes would make of it. */
  async load(): Promise<void> {
    await this.#trying(() => this.#look());
  }

  async change(change: CellChange): Promise<void> {
    if (this.signed === null) return;
    this.pending = withChange(this.pending, this.signed, change);
    await this.#trying(() => this.#preview());
  }

  /** Signs the changes; false where they still wait. */
  async save(): Promise<boolean> {
    if (this.saving || this.pending.size === 0) return false;
    const changes = [...this.pending.values()];
    this.saving = true;
    const saved = await this.#trying(async () => {
      await this.#signing((version) => call("write_cells", { version, changes }));
      this.overtaken = null;
    });
    this.saving = false;
    return saved;
  }

  discard(): void {
    this.#asked += 1;
    this.pending = new Map();
    this.shown = this.signed;
    this.overtaken = null;
    this.failure = null;
  }

  async saveRole(role: Omit<SaveRole, "version">): Promise<void> {
    await this.#byDialog((version) => call("save_role", { version, ...role }));
  }

  async removeRole({ id }: Omit<RemoveRole, "version">): Promise<void> {
    await this.#byDialog((version) => call("remove_role", { version, id }));
  }

  /** Writes a policy by hand; changes of cells go on waiting. */
  async saveStatement(wanted: Omit<SaveStatement, "version">): Promise<void> {
    await this.#byDialog((version) => call("save_statement", { version, ...wanted }));
  }

  async removeStatement({ id }: Omit<RemoveStatement, "version">): Promise<void> {
    await this.#byDialog((version) => call("remove_statement", { version, id }));
  }

  /** What a cell would come to if it said nothing itself; none where that is not known. */
  async inherited(cell: Pick<CellView, "role" | "row">): Promise<CellView | null> {
    const { signed } = this;
    if (signed === null) return null;
    const { role, row } = cell;
    const pending = new Map(this.pending).set(cellKey(cell), { role, row, stance: null });
    try {
      const changes = [...pending.values()];
      const view = await call("preview_cells", { version: signed.version, changes });
      return view.cells.find((one) => cellKey(one) === cellKey(cell)) ?? null;
    } catch {
      return null;
    }
  }

  /** A failure of these belongs to the dialog that asked; what is shown is new all the same. */
  async #byDialog(sign: (version: number) => Promise<PolicyView>): Promise<void> {
    try {
      await this.#signing(sign);
    } catch (thrown) {
      await this.#overtakenBy(asFailure(thrown));
      throw thrown;
    }
  }

  async #signing(sign: (version: number) => Promise<PolicyView>): Promise<void> {
    this.#adopt(await sign(this.signed?.version ?? 0));
    await this.#preview();
  }

  /**
   * Whether something failed because another admin signed meanwhile; looks at theirs then. A
   * role that they removed makes a change invalid before the core looks at versions, and a
   * policy by hand is not found then.
   */
  async #overtakenBy({ code }: Failure): Promise<boolean> {
    if (code !== "busy" && code !== "invalid" && code !== "not_found") return false;
    const before = this.signed?.version;
    try {
      await this.#look();
    } catch {
      return false;
    }
    return this.signed?.version !== before;
  }

  async #look(): Promise<void> {
    const view = await call("read_policy");
    const overtaken = this.pending.size > 0 && view.version !== this.signed?.version;
    const lost = this.#adopt(view);
    if (overtaken) this.overtaken = { lost };
    await this.#preview();
  }

  /** Takes a version as the signed one, with the changes on top; tells how many have no place. */
  #adopt(view: PolicyView): number {
    const { left, lost } = reapplied(this.pending, view);
    this.signed = view;
    this.pending = left;
    return lost;
  }

  async #preview(): Promise<void> {
    const { signed } = this;
    if (signed === null) return;
    this.#asked += 1;
    const question = this.#asked;
    let view = signed;
    try {
      const changes = [...this.pending.values()];
      const { version } = signed;
      if (changes.length > 0) view = await call("preview_cells", { version, changes });
    } finally {
      if (question === this.#asked) this.shown = view;
    }
  }

  async #trying(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.failure = null;
      return true;
    } catch (thrown) {
      const failure = asFailure(thrown);
      // That it was overtaken is said in words of its own.
      this.failure = (await this.#overtakenBy(failure)) ? null : failure;
      return false;
    }
  }
}

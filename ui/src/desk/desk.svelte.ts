/**
 * The open desk of this window: whose it is, their settings, what they may.
 *
 * Holds nothing that was written at the desk; chats have their own state.
 * Handed down by context: `useDesk()` in any component below the desk screen.
 */
import { createContext, tick } from "svelte";
import { MediaQuery } from "svelte/reactivity";
import { Asking } from "../access/asking.svelte";
import { failureText, m } from "../i18n";
import { asFailure, call, type DeskState, type News, type Settings } from "../ipc";
import { toasts } from "../kit";
import { PolicyDraft } from "../settings/policyDraft.svelte";
import { applyAppearance } from "./appearance";
import { Shortcuts } from "./shortcuts.svelte";

/** What the policy calls the things that decide which controls exist. */
export type Permission =
  | "audit.read"
  | "budget.set"
  | "chat.send"
  | "endpoint.use"
  | "group.manage"
  | "instructions.set.own"
  | "key.manage"
  | "member.read"
  | "policy.sign"
  | "profile.create"
  | "profile.disable"
  | "profile.erase"
  | "profile.keep"
  | "provider.configure"
  | "provider.read"
  | "request.decide"
  | "request.make"
  | "role.assign"
  | "usage.read.any"
  | "usage.read.own";

export type SettingsSection =
  | "appearance"
  | "chat"
  | "models"
  | "privacy"
  | "access"
  | "access_as"
  | "members"
  | "roles"
  | "record"
  | "who_sees"
  | "about";

/** How a desk leaves the screen. */
export interface Exit {
  /** Takes everything of the desk off the screen, at once. */
  hide(): void;
  /** Shows what there is now; the shell usually ended the window before. */
  settle(): void;
}

export class Desk {
  state = $state.raw<DeskState>() as DeskState;
  settings = $state.raw<Settings>() as Settings;
  /** None while the settings are closed. */
  section = $state<SettingsSection | null>(null);
  /** What lies on the sheet in place of the chat; open settings lie over it. */
  page = $state<"usage" | null>(null);
  /** Whole minutes until it locks without further input; none for never. */
  locksIn = $state<number | null>(null);
  /** What waits for this person, as the core said last. */
  news = $state.raw<News>({ to_decide: 0, to_sign: 0, decided: 0, looked_by: [] });
  listsShortcuts = $state(false);
  /** A guest is asked before their chats are gone. */
  asksToLeave = $state(false);
  /** How many chats would go with a guest; the desk's screen knows. */
  countChats: () => number = () => 0;
  readonly shortcuts = new Shortcuts();
  /** What this person asks of admins, and why something is refused. */
  readonly asking = new Asking();
  /** Whose access an admin asked to see; the section says what that means before it looks. */
  viewsAs = $state<string | null>(null);
  /** What an admin would change in what roles may; waits while other screens are open. */
  readonly policy = new PolicyDraft();
  readonly narrow = new MediaQuery("(max-width: 47.5rem)", false);
  /** In a narrow window the sidebar lies over the sheet until something else is wanted there. */
  #peeking = $state(false);
  readonly #exit: Exit;
  /** What is on its way to the core; a lock waits for it. */
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(state: DeskState, settings: Settings, exit: Exit) {
    this.state = state;
    this.settings = settings;
    this.#exit = exit;
    applyAppearance(settings);
  }

  may(action: Permission): boolean {
    return this.state.may.includes(action);
  }

  /** Keeps changed settings; shown at once, taken back where the core refuses. */
  async change(change: Partial<Settings>): Promise<void> {
    const before = this.settings;
    this.#show({ ...before, ...change });
    const writing = call("write_settings", this.settings);
    this.keep(writing);
    try {
      this.#show(await writing);
    } catch (thrown) {
      this.#show(before);
      throw thrown;
    }
  }

  /** Has a lock wait until `work` has reached the core, or failed to. */
  keep(work: Promise<unknown>): void {
    this.#keeping = Promise.allSettled([this.#keeping, work]);
  }

  get sidebarFolded(): boolean {
    return this.narrow.current ? !this.#peeking : this.settings.sidebar_folded;
  }

  foldSidebar(folded: boolean): void {
    if (this.narrow.current) {
      this.#peeking = !folded;
      return;
    }
    if (folded === this.settings.sidebar_folded) return;
    this.change({ sidebar_folded: folded }).catch(() =>
      toasts.show({ title: m.settings_not_kept(), icon: "warn" }),
    );
  }

  openSettings(section: SettingsSection = "appearance"): void {
    this.section = section;
    this.#peeking = false;
  }

  /** To what a member may do; nothing is read yet. */
  openViewAs(profile: string): void {
    this.viewsAs = profile;
    this.openSettings("access_as");
  }

  closeSettings(): void {
    this.section = null;
    this.#peeking = false;
  }

  openUsage(): void {
    this.closeSettings();
    this.page = "usage";
  }

  /** Back to the chat, from the settings or from a page. */
  showChat(): void {
    this.closeSettings();
    this.page = null;
  }

  async newWindow(): Promise<void> {
    await call("new_window");
  }

  /** Opens the chooser beside this desk, for another person or another desk. */
  async switchDesk(): Promise<void> {
    await call("switch_desk");
  }

  /** What a person means by locking: a guest's desk goes, so that is asked first. */
  leave(): void {
    if (this.state.guest && this.countChats() > 0) this.asksToLeave = true;
    else void this.lock();
  }

  /** Seals the desk. Its content leaves the screen before the keys leave memory. */
  async lock(): Promise<void> {
    this.#exit.hide();
    await tick();
    await this.#keeping;
    try {
      await call("lock");
    } catch (thrown) {
      toasts.show({ title: failureText(asFailure(thrown)), icon: "warn" });
    }
    this.#exit.settle();
  }

  /** The desk exists no more. */
  gone(): void {
    this.#exit.hide();
    this.#exit.settle();
  }

  #show(settings: Settings): void {
    this.settings = settings;
    applyAppearance(settings);
  }
}

export const [useDesk, provideDesk] = createContext<Desk>();

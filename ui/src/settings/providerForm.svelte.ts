/**
 * A provider that is being added or changed.
 *
 * The key is write-only: it goes to the core and never comes back; an empty
 * key keeps the stored one. A changed address or key makes a test stale.
 */
import { m } from "../i18n";
import {
  call,
  type DataClass,
  type Dialect,
  type ProviderTest,
  type ProviderView,
  type Region,
} from "../ipc";

export interface Service {
  value: string;
  label: string;
  dialect: Dialect;
  address: string;
}

/** Well-known services, so that nobody has to look up an address. */
export const SERVICES: readonly Service[] = [
  { value: "openai", label: "OpenAI", dialect: "open_ai", address: "https://api.openai.com/v1" },
  {
    value: "anthropic",
    label: "Anthropic",
    dialect: "anthropic",
    address: "https://api.anthropic.com",
  },
  {
    value: "gemini",
    label: "Google Gemini",
    dialect: "gemini",
    address: "https://generativelanguage.googleapis.com/v1beta",
  },
  { value: "mistral", label: "Mistral", dialect: "open_ai", address: "https://api.mistral.ai/v1" },
  {
    value: "openrouter",
    label: "OpenRouter",
    dialect: "open_ai",
    address: "https://openrouter.ai/api/v1",
  },
];

export const OTHER = "other";
/** GGUF files on this machine, run by Carrel itself. */
export const BUILT_IN = "built_in";

/** What a provider is called that nobody gave a name. */
function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** Whether an address leads to this machine, where text stays. As the core judges it: a name that
    merely begins like one of this machine is elsewhere. */
export function isHere(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Whether an address may have to be allowed as one in this house: neither here nor encrypted. */
export function mayBeNearby(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return !isHere(address) && (protocol === "http:" || /^[\d.]+$|^\[/.test(hostname));
}

export class ProviderForm {
  readonly known: ProviderView | null;
  service = $state("openai");
  label = $state("OpenAI");
  dialect = $state<Dialect>("open_ai");
  address = $state("https://api.openai.com/v1");
  key = $state("");
  models = $state<string[]>([]);
  forGuests = $state(false);
  /** An admin's word that the server may stand in the private network. */
  nearbyAllowed = $state(false);
  /** The highest class of text that it may receive; on this machine it receives every one. */
  accepts = $state<DataClass>("internal");
  regions = $state.raw<readonly Region[]>([]);
  /** One of its models is to answer whoever chose none. */
  makeUsual = $state(false);
  /** Which of them; the first where none is named. */
  usualModel = $state<string | null>(null);
  tested = $state.raw<ProviderTest | null>(null);

  constructor(known: ProviderView | null) {
    this.known = known;
    if (!known) return;
    const service = SERVICES.find((one) => one.address === known.base_url);
    this.service = service?.value ?? OTHER;
    this.label = known.label;
    this.dialect = known.dialect;
    this.address = known.base_url;
    this.models = [...known.models];
    this.forGuests = known.for_guests;
    this.nearbyAllowed = known.nearby_allowed;
    this.accepts = known.accepts;
    this.regions = known.regions;
  }

  get builtIn(): boolean {
    return this.dialect === "built_in";
  }

  /** Its text stays on this machine. */
  get here(): boolean {
    return this.builtIn || isHere(this.address.trim());
  }

  /** Guests never get a provider with a key. */
  get hasKey(): boolean {
    return this.key !== "" || (this.known?.keys.length ?? 0) > 0;
  }

  /** What can be offered: what the test found, and what is offered already. */
  get offers(): string[] {
    return [...new Set([...this.models, ...(this.tested?.models ?? [])])].toSorted();
  }

  /** Its model that would become the usual one. */
  get newUsual(): string | undefined {
    return this.models.find((one) => one === this.usualModel) ?? this.models[0];
  }

  chooseService(value: string): void {
    const chosen = SERVICES.find((one) => one.value === value);
    const builtIn = value === BUILT_IN;
    const given = [...SERVICES.map((one) => one.label), m.model_built_in(), ""];
    const named = given.includes(this.label);
    this.service = value;
    this.tested = null;
    this.#beginAnew();
    this.models = [];
    this.dialect = builtIn ? "built_in" : (chosen?.dialect ?? "open_ai");
    this.address = chosen?.address ?? "";
    if (builtIn) this.key = "";
    if (named) this.label = builtIn ? m.model_built_in() : (chosen?.label ?? "");
  }

  #beginAnew(): void {
    this.nearbyAllowed = false;
    this.accepts = "internal";
    this.regions = [];
  }

  stale(): void {
    this.tested = null;
  }

  /** Another address is another server: what was allowed, and how far text may go, was not for
      this one. */
  moveTo(address: string): void {
    if (hostOf(address.trim()) !== hostOf(this.address.trim())) this.#beginAnew();
    this.address = address;
    this.stale();
  }

  offer(model: string, offered: boolean): void {
    this.models = offered
      ? [...this.models, model]
      : this.models.filter((known) => known !== model);
  }

  async test(): Promise<void> {
    this.tested = await call("test_provider", {
      id: this.known?.id ?? null,
      key_id: null,
      dialect: this.dialect,
      base_url: this.address.trim(),
      nearby_allowed: this.nearbyAllowed,
      key: this.key || null,
    });
    const first = this.tested.models[0];
    if (this.models.length === 0 && first) this.models = [first];
  }

  async save(): Promise<ProviderView> {
    const usual = this.makeUsual ? this.newUsual : undefined;
    return call("save_provider", {
      id: this.known?.id ?? null,
      label: this.label.trim() || hostOf(this.address.trim()),
      dialect: this.dialect,
      base_url: this.address.trim(),
      key: this.key || null,
      // The core makes the first of them the usual one.
      models: [
        ...this.models.filter((one) => one === usual),
        ...this.models.filter((one) => one !== usual),
      ],
      for_guests: this.forGuests && !this.hasKey,
      nearby_allowed: this.nearbyAllowed,
      // What stays here may be anything, and nothing of that goes along to another address.
      accepts: this.here ? "internal" : this.accepts,
      regions: this.here ? [] : [...this.regions],
      make_usual: this.makeUsual,
    });
  }
}

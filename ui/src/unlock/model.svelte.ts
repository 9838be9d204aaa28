/**
 * First run, step three: who answers first.
 *
 * Built-in, a server found on this machine, or a provider with a key. Saving
 * makes the choice everyone's usual model; "Later" leaves it open.
 */
import { m } from "../i18n";
import { call, type LocalServer, type LocalServers } from "../ipc";
import { ProviderForm } from "../settings/providerForm.svelte";

export class ModelChoice {
  local = $state.raw<LocalServers | null>(null);
  /** "built_in", "provider", or a found server's address. */
  chosen = $state("");
  readonly provider = new ProviderForm(null);

  async look(): Promise<void> {
    this.local = await call("detect_local");
    const found = this.local.found.find((server) => server.models.length > 0);
    const fallback = this.local.built_in.unavailable ? "provider" : "built_in";
    if (this.chosen === "") this.chosen = found?.base_url ?? fallback;
  }

  async save(): Promise<void> {
    const server = this.local?.found.find((one) => one.base_url === this.chosen);
    if (server) await this.#saveLocal(server);
    else if (this.chosen === "built_in") await this.#saveBuiltIn();
    else await this.#saveProvider();
  }

  async #saveLocal(server: LocalServer): Promise<void> {
    await call("save_provider", {
      id: null,
      label: server.label,
      dialect: "open_ai",
      base_url: server.base_url,
      key: null,
      models: server.models,
      for_guests: false,
      nearby_allowed: false,
      accepts: "restricted",
      regions: [],
      make_usual: true,
    });
  }

  /** The built-in model may be there from the start; then it only becomes the usual one. */
  async #saveBuiltIn(): Promise<void> {
    const { providers } = await call("list_providers");
    const known = providers.find((one) => one.dialect === "built_in");
    const found = this.local?.built_in.model;
    await call("save_provider", {
      id: known?.id ?? null,
      label: known?.label ?? m.model_built_in(),
      dialect: "built_in",
      base_url: "",
      key: null,
      models: known?.models ?? (found === undefined ? [] : [found]),
      for_guests: known?.for_guests ?? false,
      nearby_allowed: false,
      accepts: "restricted",
      regions: [],
      make_usual: true,
    });
  }

  async #saveProvider(): Promise<void> {
    if (!this.provider.tested) await this.provider.test();
    this.provider.makeUsual = true;
    await this.provider.save();
  }
}

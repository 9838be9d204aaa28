/** Who and what an event speaks of, by name: the record itself holds only pseudonyms and ids. */
import { USUAL_ROUTE } from "../../chat/words";
import { m } from "../../i18n";
import type {
  GroupView,
  MemberView,
  ModelRef,
  ProviderView,
  RecordedActor,
  RecordedEvent,
  RoleView,
  RouteView,
} from "../../ipc";
import { keyName } from "../keyName";
import { roleName } from "../roles";
import { type Json, modelIn, signedOf, textIn } from "./event";

/** What is known by name now. Whatever was removed since is not among it. */
export interface Names {
  members: readonly MemberView[];
  roles: readonly Pick<RoleView, "role" | "name">[];
  groups: readonly Pick<GroupView, "id" | "name">[];
  providers: readonly Pick<ProviderView, "id" | "label" | "keys">[];
  routes: readonly Pick<RouteView, "id" | "name">[];
  /** The models of the calls that are on the screen. */
  asked: ReadonlyMap<string, ModelRef>;
  /** What was said of the requests that are on the screen, by their ids. */
  requested: ReadonlyMap<string, Json>;
}

/** The models that these calls were put to. */
export function askedIn(events: readonly RecordedEvent[]): Names["asked"] {
  const asked: [string, ModelRef][] = [];
  for (const one of events) {
    if (one.kind !== "attempt_intent") continue;
    const { what } = signedOf(one);
    const [attempt, model] = [textIn(what, "attempt"), modelIn(what, "model")];
    if (attempt !== null && model) asked.push([attempt, model]);
  }
  return new Map(asked);
}

/** What these requests were about. */
export function requestedIn(events: readonly RecordedEvent[]): Names["requested"] {
  const made = events.filter((one) => one.kind === "request_made").map(signedOf);
  return new Map(made.map(({ what }) => [textIn(what, "request") ?? "", what]));
}

/** The end of an id: its beginning is only when it was made. */
const tail = (id: string) => `…${id.slice(-4)}`;

const gone = (id: string) => m.record_gone({ id: tail(id) });

export function personName(profile: string, { members }: Pick<Names, "members">): string {
  const member = members.find((one) => one.profile === profile);
  return member?.name || m.record_who_erased({ id: tail(profile) });
}

export function actorName(actor: RecordedActor): string {
  switch (actor.kind) {
    case "member":
      return actor.name || m.record_who_erased({ id: tail(actor.profile) });
    case "guest":
      return m.record_who_guest();
    case "door":
      return m.record_who_door();
    case "nobody":
      return m.record_who_nobody();
  }
}

export function providerName(id: string, { providers }: Names): string {
  return providers.find((one) => one.id === id)?.label ?? gone(id);
}

/** "mistral-large-latest · Mistral" */
export function modelName({ provider, model }: ModelRef, names: Names): string {
  return `${model} · ${providerName(provider, names)}`;
}

/** A route by its id, or as its name was when it was asked. */
export function routeName(route: string, { routes }: Names): string {
  if (route === USUAL_ROUTE) return m.chat_route_usual();
  const known = routes.find((one) => one.id === route || one.name === route);
  if (known) return known.name;
  return /^[0-9a-f-]{36}$/.test(route) ? gone(route) : route;
}

export function keyInWords(id: string, { providers }: Names): string {
  for (const { keys } of providers) {
    const place = keys.findIndex((key) => key.id === id);
    const key = keys[place];
    if (key) return keyName(key, place);
  }
  return gone(id);
}

/** A role as the log writes it: one that admins made stands there by its id. */
export function roleText(role: string, { roles }: Names): string {
  return roleName(role, roles);
}

/** A group of people by its name. */
export function groupText(group: string, { groups }: Pick<Names, "groups">): string {
  return groups.find((one) => one.id === group)?.name ?? gone(group);
}

/** "model 01.../gpt-4.1", as a refusal names what it was about. */
export function thingName(on: string, names: Names): string {
  const [, kind = "", rest = ""] = /^(\w+) ?(.*)$/s.exec(on) ?? [];
  switch (kind) {
    case "workspace":
      return m.record_on_workspace();
    case "profile":
      return personName(rest, names);
    case "group":
      return m.limits_scope_group({ group: groupText(rest, names) });
    case "provider":
      return providerName(rest, names);
    case "route":
      return m.limits_scope_route({ route: routeName(rest, names) });
    case "model": {
      const slash = rest.indexOf("/");
      return modelName({ provider: rest.slice(0, slash), model: rest.slice(slash + 1) }, names);
    }
    default:
      return on;
  }
}

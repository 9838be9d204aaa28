/** Whom a question can be put to: a route or a model, as the picker names them. */
import type { ModelView, RouteView, Target } from "../ipc";

/** A target that is offered. */
export type Offered =
  | { kind: "route"; route: RouteView; target: Target; label: string; local: boolean }
  | { kind: "model"; model: ModelView; target: Target; label: string; local: boolean };

export function offeredRoute(route: RouteView): Offered {
  const target: Target = { kind: "route", route: route.id };
  return { kind: "route", route, target, label: route.name, local: route.local };
}

export function offeredModel(model: ModelView): Offered {
  const target: Target = { kind: "model", model: model.model };
  return { kind: "model", model, target, label: model.label, local: model.local };
}

/** Whether it surely costs nothing. */
export function isFree(offered: Offered): boolean {
  if (offered.kind === "route") return offered.local;
  const { price } = offered.model;
  return price !== null && price.input === 0 && price.output === 0;
}

/** Whether both name the same route or model. */
export function sameTarget(one: Target | null, other: Target | null): boolean {
  return keyOf(one) === keyOf(other);
}

/** A target as one text, for lists and choices; empty for none. */
export function keyOf(target: Target | null): string {
  if (target === null) return "";
  switch (target.kind) {
    case "route":
      return `route:${target.route}`;
    case "model":
      return `model:${target.model.provider}/${target.model.model}`;
  }
}

/** Routes whose name holds every word. */
export function matchingRoutes(routes: readonly RouteView[], query: string): RouteView[] {
  const words = query.trim().toLowerCase().split(/\s+/);
  return routes.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

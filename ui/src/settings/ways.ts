/**
 * The ways to an answer, and how each of their models stands at the moment.
 *
 * The usual way is a model that was chosen by itself, then those that stand in for it; every
 * other way is a route. Decides as the core does, from what was last seen of health: the core
 * decides anew with every question.
 */
import { offered, sameModel, troubleOf } from "../chat/models.svelte";
import { USUAL_ROUTE } from "../chat/words";
import { failureText, m } from "../i18n";
import {
  call,
  type ModelHealth,
  type ModelList,
  type ModelRef,
  type ModelView,
  type RouteStep,
  type RouteView,
  type Strategy,
  type Target,
} from "../ipc";
import { isPaused, type Shown, shownOfAll } from "./health";

export interface Way {
  id: string;
  name: string;
  /** What the list of its models is called. */
  chain: string;
  strategy: Strategy;
  /** Those that can be moved, best first. */
  steps: RouteStep[];
  /** Lists that are asked once, for one reason each; none is empty. */
  special: [name: string, models: ModelRef[]][];
  /** None for the usual way. */
  route: RouteView | null;
  /** What is asked by it; none where nothing is usual. */
  target: Target | null;
  /** Text stays on this machine. */
  local: boolean;
  /** It answers whoever chose nothing. */
  usual: boolean;
}

/** How one of a way's models stands. */
export interface Standing {
  /** The next question goes to it. */
  answers: boolean;
  /** The next question passes it over. */
  skipped: boolean;
  /** Why it is passed over, or what is to be said of its health. */
  shown: Shown | null;
}

/** A model by itself, then its stand-ins. */
export function usualWay({ models, usual, fallback }: ModelList): Way {
  const target = usual?.kind === "model" ? usual : null;
  return {
    id: USUAL_ROUTE,
    name: m.fallback_title(),
    chain: m.fallback_title(),
    strategy: "ordered",
    steps: fallback
      .filter((model) => offered(models, model) !== undefined)
      .map((model) => ({ model, weight: 1 })),
    special: [],
    route: null,
    target,
    local: target !== null && offered(models, target.model)?.local === true,
    usual: target !== null,
  };
}

export function wayBy(route: RouteView, { usual }: ModelList): Way {
  return {
    id: route.id,
    name: route.name,
    chain: m.route_chain({ name: route.name }),
    strategy: route.strategy,
    steps: route.candidates,
    special: [
      listed(m.route_overflow(), route.on_overflow),
      listed(m.route_refusal(), route.on_refusal),
    ].filter(([, models]) => models.length > 0),
    route,
    target: { kind: "route", route: route.id },
    local: route.local,
    usual: usual?.kind === "route" && usual.route === route.id,
  };
}

const listed = (name: string, steps: RouteStep[]): [string, ModelRef[]] => [
  name,
  steps.map((step) => step.model),
];

/** Keeps a way with other steps; who is not offered any more is left out. */
export async function keepSteps(
  way: Way,
  steps: RouteStep[],
  models: readonly ModelView[],
): Promise<void> {
  const { route } = way;
  if (route === null) {
    await call("set_fallback", { models: steps.map((step) => step.model) });
    return;
  }
  const asked = (all: RouteStep[]) => all.filter(({ model }) => offered(models, model));
  await call("save_route", {
    id: route.id,
    name: route.name,
    strategy: route.strategy,
    candidates: asked(steps),
    on_overflow: asked(route.on_overflow),
    on_refusal: asked(route.on_refusal),
    make_usual: false,
  });
}

/** The model that stands before a way's steps, where one does. */
export function leaderOf({ target }: Way): ModelRef | null {
  return target?.kind === "model" ? target.model : null;
}

/** How a way's models stand, the leader first where there is one. */
export function standingsOf(
  way: Way,
  models: readonly ModelView[],
  health: readonly ModelHealth[],
): Standing[] {
  const leader = leaderOf(way);
  const stays = leader !== null && offered(models, leader)?.local === true;
  const stepsIn = ({ model }: RouteStep): Standing => {
    const leaves = stays && offered(models, model)?.local === false;
    if (leaves || (leader !== null && sameModel(model, leader)))
      return skipped("off", m.route_for_others());
    return standingOf(model, models, health);
  };
  const all = way.steps.map(stepsIn);
  if (leader !== null) all.unshift(standingOf(leader, models, health));
  const ready = all.filter((one) => !one.skipped);
  // Any model may stand before the steps where none is usual; a draw cannot be foretold.
  const foretold = way.target !== null && (way.strategy === "ordered" || ready.length === 1);
  return all.map((one) => ({ ...one, answers: foretold && one === ready[0] }));
}

function standingOf(
  model: ModelRef,
  models: readonly ModelView[],
  health: readonly ModelHealth[],
): Standing {
  const view = offered(models, model);
  if (view === undefined) return skipped("danger", m.chain_gone());
  const lanes = health.filter((one) => sameModel(one.model, model));
  const shown = shownOfAll(lanes);
  if (lanes.length > 0 && lanes.every((one) => isPaused(one)))
    return { answers: false, skipped: true, shown };
  if (view.unavailable !== null) return skipped("danger", failureText(view.unavailable));
  // Whoever rests is known better from health, which is looked at all the time.
  if (view.trouble?.code === "limit_reached" || view.trouble?.code === "bad_key")
    return skipped("danger", troubleOf(view.trouble));
  return { answers: false, skipped: false, shown: shown.mark === "warn" ? shown : null };
}

function skipped(mark: "off" | "danger", words: string): Standing {
  return { answers: false, skipped: true, shown: { mark, until: null, words: () => words } };
}

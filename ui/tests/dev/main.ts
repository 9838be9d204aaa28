/**
 * The app over the fixture backend: `npm run dev`, then /tests/dev/.
 *
 * `?world=empty` begins at the first run, `?world=troubled` has providers that fail, `?open=Mira` inside a desk,
 * `?theme=dark`, `?language=de` and `?text=1.5` set the door's look.
 */
import type { FailureCode } from "../../src/ipc";
import { useTransport } from "../../src/ipc/transport";
import { FixtureBackend } from "../fixture/backend";
import {
  manyModels,
  sampleRoles,
  sampleRoutes,
  sampleWorld,
  troubledWorld,
} from "../fixture/sample";
import { sampleAdmins } from "../fixture/members";
import { sampleHistory, sampleStatements } from "../fixture/statements";
import { sampleClasses } from "../fixture/classes";
import { sampleGroups } from "../fixture/groups";
import { sampleRequests } from "../fixture/asked";
import { sampleLimits } from "../fixture/estimate";
import { sampleRecord } from "../fixture/record";
import { emptyWorld } from "../fixture/world";

// The shell freezes it too; what breaks under that shall break here first.
Object.freeze(Object.prototype);

const asked = new URLSearchParams(location.search);
const WORLDS = { empty: emptyWorld, troubled: troubledWorld, usual: sampleWorld };
const wanted = asked.get("world");
const world = WORLDS[wanted === "empty" || wanted === "troubled" ? wanted : "usual"]();
world.pace = 30;
world.localServers = sampleWorld().localServers;
world.routes = sampleRoutes(world);
sampleRoles(world);
sampleGroups(world);
sampleStatements(world);
sampleHistory(world, Number(asked.get("history") ?? 0));
// `?admins=2` has a second one, so that some things take both.
if (asked.get("admins") === "2") sampleAdmins(world);
world.record = sampleRecord(world);
sampleRequests(world);
// `?record=cut` has one that does not hold.
if (asked.get("record") === "cut") world.recordFault = { sequence: 97, fault: "gap" };
const theme = asked.get("theme");
if (theme === "dark" || theme === "light") world.appearance.theme = theme;
world.appearance.language = asked.get("language") ?? "en";
world.appearance.text_scale = Number(asked.get("text") ?? 1);
world.open = world.desks.find((desk) => desk.card.name === asked.get("open")) ?? null;
if (world.open) {
  world.open.settings.theme = world.appearance.theme;
  world.open.settings.language = world.appearance.language;
  world.open.settings.text_scale = world.appearance.text_scale;
}
// `?models=many` shows every kind of row in the picker.
if (asked.get("models") === "many") manyModels(world);
// `?classes` has home regions, and providers of which each may receive something else.
if (asked.has("classes")) sampleClasses(world);
world.limits.warn_at = [80];
// `?spent=2.79` leaves $1.21 of the day's limit.
if (asked.has("spent")) sampleLimits(world, Number(asked.get("spent")));
// `?pool=6` has a pool beside that day's limit, of which so much is used.
const [, day] = world.limits.limits;
if (day && asked.has("pool")) {
  day.limit = { ...day.limit, pool: 20_000_000_000 };
  day.pool = { used: Number(asked.get("pool")) * 1_000_000_000, warned: null };
}
const trouble = asked.get("trouble");
const troubled = world.desks.find((desk) => desk.card.name === "Mira");
const TROUBLES: readonly FailureCode[] = [
  "damaged",
  "rolled_back",
  "workspace_damaged",
  "workspace_altered",
  "workspace_rolled_back",
  "in_use",
];
if (troubled) troubled.trouble = TROUBLES.find((one) => one === trouble) ?? null;
useTransport(new FixtureBackend(world));
await import("../../src/main");

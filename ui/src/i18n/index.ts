/** All text a person reads, and how times and sizes are said. */
export { failureText, failureTitle } from "./failure";
export { LANGUAGES, type Language, spoken } from "./language.svelte";
export { m } from "./messages/messages.js";
export { said } from "./sentences";
export {
  ago,
  ahead,
  byteSize,
  clockTime,
  daysBefore,
  exactly,
  fullDay,
  moment,
  region,
  stamp,
  when,
  whenExactly,
} from "./time";

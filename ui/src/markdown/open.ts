/** The one way out: the shell checks the address again and hands it to the system. */
import { call } from "../ipc";

/** Opens a link in the system's browser. A refusal leaves the page as it is; the address stays visible. */
export async function openLink(url: string): Promise<void> {
  try {
    await call("open_link", { url });
  } catch {
    // Nothing to undo: the link is still there to be copied.
  }
}

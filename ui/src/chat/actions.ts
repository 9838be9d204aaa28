/** Everything an open desk can be told to do, by key or by name. */
import type { Desk } from "../desk/desk.svelte";
import type { Shortcut } from "../desk/shortcuts.svelte";
import type { History } from "../history/history.svelte";
import type { Command } from "../history/palette.svelte";
import { m } from "../i18n";
import { toasts } from "../kit";
import { copy } from "../markdown/copy";
import type { Chat } from "./chat.svelte";
import { lastCode } from "./words";

/** What the actions act on. */
export interface Parts {
  desk: Desk;
  chat: Chat;
  history: History;
  newChat(): void;
  openSearch(): void;
  focusField(): void;
}

/** The model picker listens for this; there is one in the window. */
export const PICK_MODEL = "carrel:pick-model";

/** Commands of the palette and shortcuts of the window, from one list. */
export class DeskActions {
  constructor(private readonly parts: Parts) {}

  /** What the palette offers now. */
  commands(): Command[] {
    const { desk, history, newChat, chat } = this.parts;
    const folded = desk.settings.sidebar_folded;
    const all: (Command | false)[] = [
      { id: "new", label: m.chat_new(), icon: "compose", keys: "mod+shift+o", run: newChat },
      {
        id: "model",
        label: m.chat_choose_model(),
        icon: "route",
        keys: "mod+shift+m",
        run: pickModel,
      },
      chat.transcript.lastAnswer() !== null && {
        id: "copy",
        label: m.chat_copy_last_answer(),
        icon: "copy",
        keys: "mod+shift+c",
        run: () => void this.copyAnswer(),
      },
      {
        id: "fold",
        label: folded ? m.history_unfold() : m.history_fold(),
        icon: "sidebar",
        keys: "mod+shift+s",
        run: () => this.fold(),
      },
      {
        id: "archive",
        label: m.history_open_archive(),
        icon: "archive",
        keys: "",
        run: () => void history.show(true),
      },
      {
        id: "theme",
        label: m.search_theme(),
        icon: "sun",
        keys: "",
        run: () => this.switchTheme(),
      },
      {
        id: "settings",
        label: m.search_settings(),
        icon: "settings",
        keys: "mod+,",
        run: () => desk.openSettings(),
      },
      {
        id: "lock",
        label: desk.state.guest ? m.desk_leave() : m.desk_lock(),
        icon: desk.state.guest ? "power" : "lock",
        keys: "mod+l",
        run: () => desk.leave(),
      },
    ];
    return all.filter((each) => each !== false);
  }

  /** The palette's offer to ask what was typed. */
  ask(query: string): Command {
    const run = () => void this.parts.chat.askAnew(query);
    return { id: "ask", label: m.search_ask({ query }), icon: "compose", keys: "", run };
  }

  /** The keys of this screen; the frame has its own. */
  shortcuts(): Shortcut[] {
    const { chat, newChat, openSearch, focusField } = this.parts;
    return [
      { keys: "mod+k", label: m.search_search, run: openSearch },
      { keys: "mod+shift+o", label: m.chat_new, run: newChat },
      { keys: "mod+shift+m", label: m.chat_choose_model, run: pickModel },
      { keys: "mod+shift+c", label: m.chat_copy_last_answer, run: () => void this.copyAnswer() },
      { keys: "mod+shift+;", label: m.chat_copy_last_code, run: () => void this.copyCode() },
      { keys: "shift+escape", label: m.chat_focus_message, run: focusField },
      { keys: "escape", label: m.chat_stop, run: () => void chat.turn?.stop() },
    ];
  }

  private async copyAnswer(): Promise<void> {
    await give(
      this.parts.chat.transcript.lastAnswer()?.message.text ?? null,
      m.chat_copied_markdown(),
    );
  }

  private async copyCode(): Promise<void> {
    const codes = this.parts.chat.transcript.rows.map((row) =>
      row === null ? null : lastCode(row.message.text),
    );
    await give(codes.findLast((code) => code !== null) ?? null, m.chat_copied_code());
  }

  private fold(): void {
    const { desk } = this.parts;
    void desk.change({ sidebar_folded: !desk.settings.sidebar_folded });
  }

  private switchTheme(): void {
    const { desk } = this.parts;
    const dark =
      desk.settings.theme === "dark" ||
      (desk.settings.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    void desk.change({ theme: dark ? "light" : "dark" });
  }
}

function pickModel(): void {
  window.dispatchEvent(new CustomEvent(PICK_MODEL));
}

async function give(text: string | null, done: string): Promise<void> {
  if (text === null || text === "") toasts.show({ title: m.chat_nothing_to_copy(), icon: "info" });
  else if (await copy(text)) toasts.show({ title: done, icon: "check" });
}

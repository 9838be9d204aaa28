/** Everything an open desk can be told to do, by key or by name. */
import type { Desk } from "../desk/desk.svelte";
import type { Shortcut } from "../desk/shortcuts.svelte";
import type { History } from "../history/history.svelte";
import type { Command } from "../history/palette.svelte";
import { failureText, m } from "../i18n";
import { asFailure } from "../ipc";
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
    const { desk, newChat, chat } = this.parts;
    const folded = desk.sidebarFolded;
    const all: (Command | false)[] = [
      { id: "new", label: m.chat_new(), icon: "compose", keys: "mod+shift+o", run: newChat },
      {
        id: "model",
        label: m.chat_choose_model(),
        icon: "route",
        keys: "mod+shift+m",
        run: () => this.pickModel(),
      },
      {
        id: "field",
        label: m.chat_focus_message(),
        icon: "pencil",
        keys: "shift+escape",
        run: () => this.goToField(),
      },
      chat.transcript.lastAnswer() !== null && {
        id: "copy",
        label: m.chat_copy_last_answer(),
        icon: "copy",
        keys: "mod+shift+c",
        run: () => void this.copyAnswer(),
      },
      this.lastCode() !== null && {
        id: "copy-code",
        label: m.chat_copy_last_code(),
        icon: "copy",
        keys: "mod+shift+;",
        run: () => void this.copyCode(),
      },
      {
        id: "fold",
        label: folded ? m.history_unfold() : m.history_fold(),
        icon: "sidebar",
        keys: "mod+shift+s",
        run: () => desk.foldSidebar(!folded),
      },
      !desk.state.guest && {
        id: "archive",
        label: m.history_open_archive(),
        icon: "archive",
        keys: "",
        run: () => this.openArchive(),
      },
      desk.may("usage.read.own") && {
        id: "usage",
        label: m.usage_open(),
        icon: "chart",
        keys: "",
        run: () => desk.openUsage(),
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
        id: "who-sees",
        label: m.settings_who_sees(),
        icon: "help",
        keys: "",
        run: () => desk.openSettings("who_sees"),
      },
      {
        id: "shortcuts",
        label: m.shortcut_list(),
        icon: "list",
        keys: "mod+/",
        run: () => (desk.listsShortcuts = true),
      },
      {
        id: "window",
        label: m.desk_new_window(),
        icon: "external",
        keys: "",
        run: () => void desk.newWindow().catch(tell),
      },
      {
        id: "switch",
        label: m.desk_switch(),
        icon: "user",
        keys: "",
        run: () => void desk.switchDesk().catch(tell),
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
    const { newChat, openSearch } = this.parts;
    return [
      { keys: "mod+k", label: m.search_search, run: openSearch },
      { keys: "mod+shift+o", label: m.chat_new, run: newChat },
      { keys: "mod+shift+m", label: m.chat_choose_model, run: () => this.pickModel() },
      { keys: "mod+shift+c", label: m.chat_copy_last_answer, run: () => void this.copyAnswer() },
      { keys: "mod+shift+;", label: m.chat_copy_last_code, run: () => void this.copyCode() },
      { keys: "shift+escape", label: m.chat_focus_message, run: () => this.goToField() },
      { keys: "escape", label: m.chat_stop_answer, run: () => this.stop() },
    ];
  }

  /** What Escape ends: the answer that is written, else a branch that was not begun. */
  private stop(): void {
    const { chat } = this.parts;
    if (chat.turn !== null) void chat.turn.stop();
    else chat.stopBranching();
  }

  private async copyAnswer(): Promise<void> {
    await give(
      this.parts.chat.transcript.lastAnswer()?.message.text ?? null,
      m.chat_copied_markdown(),
    );
  }

  private async copyCode(): Promise<void> {
    await give(this.lastCode(), m.chat_copied_code());
  }

  private lastCode(): string | null {
    for (const row of this.parts.chat.transcript.rows.toReversed()) {
      const code = row === null ? null : lastCode(row.message.text);
      if (code !== null) return code;
    }
    return null;
  }

  private goToField(): void {
    this.parts.desk.showChat();
    this.parts.focusField();
  }

  private pickModel(): void {
    this.parts.desk.showChat();
    window.dispatchEvent(new CustomEvent(PICK_MODEL));
  }

  private openArchive(): void {
    const { desk, history } = this.parts;
    desk.closeSettings();
    desk.foldSidebar(false);
    void history.show(true);
  }

  private switchTheme(): void {
    const { desk } = this.parts;
    const dark =
      desk.settings.theme === "dark" ||
      (desk.settings.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    void desk.change({ theme: dark ? "light" : "dark" });
  }
}

function tell(thrown: unknown): void {
  toasts.show({ title: failureText(asFailure(thrown)), icon: "warn" });
}

async function give(text: string | null, done: string): Promise<void> {
  if (text === null || text === "") toasts.show({ title: m.chat_nothing_to_copy(), icon: "info" });
  else if (await copy(text)) toasts.show({ title: done, icon: "check" });
}

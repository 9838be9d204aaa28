/**
 * Shared widgets. Every one has a keyboard path, a visible focus and a name.
 *
 * Nothing here knows a command or a screen; a widget that only one screen
 * uses lives with that screen.
 */
export { default as Avatar } from "./Avatar.svelte";
export { default as Banner } from "./Banner.svelte";
export { default as Button } from "./Button.svelte";
export { default as Card } from "./Card.svelte";
export { default as Checkbox } from "./Checkbox.svelte";
export { default as Chip } from "./Chip.svelte";
export { default as ConfirmDialog } from "./ConfirmDialog.svelte";
export { default as Dialog } from "./Dialog.svelte";
export { default as EmptyPlace } from "./EmptyPlace.svelte";
export { default as FailureBanner } from "./FailureBanner.svelte";
export { default as Field } from "./Field.svelte";
export { default as Icon } from "./Icon.svelte";
export { default as IconButton } from "./IconButton.svelte";
export { default as IconSprite } from "./IconSprite.svelte";
export type { IconName } from "./icons";
export { default as Kbd } from "./Kbd.svelte";
export { default as Mark } from "./Mark.svelte";
export { default as Menu, type MenuEntry } from "./Menu.svelte";
export { default as PassphraseField } from "./PassphraseField.svelte";
export { default as RadioCard } from "./RadioCard.svelte";
export { default as Segmented } from "./Segmented.svelte";
export { default as Select } from "./Select.svelte";
export { ariaShortcut, matches, shortcutKeys } from "./shortcut";
export { default as Spinner } from "./Spinner.svelte";
export { default as Status } from "./Status.svelte";
export { default as StrengthMeter } from "./StrengthMeter.svelte";
export { default as Switch } from "./Switch.svelte";
export { default as Tag } from "./Tag.svelte";
export { default as TextArea } from "./TextArea.svelte";
export { default as TextInput } from "./TextInput.svelte";
export { default as ToastRegion } from "./ToastRegion.svelte";
export { toasts } from "./toasts.svelte";
export { tooltip } from "./tooltip.svelte";
export { default as TooltipLayer } from "./TooltipLayer.svelte";
export { provideWhy, useWhy } from "./why";
export { default as WhyButton } from "./WhyButton.svelte";

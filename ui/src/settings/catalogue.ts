/** The catalogue's rows as the screen searches them, and its day as people say it. */
import { spoken } from "../i18n";
import type { CatalogueRow, ProviderView } from "../ipc";

/** "23 November 2026" for "2026-11-23", whatever the zone of this computer. */
export function dayText(date: string): string {
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day)) return date;
  const format = new Intl.DateTimeFormat(spoken.current, { dateStyle: "long", timeZone: "UTC" });
  return format.format(day);
}

/** The models whose label, name or provider hold every word, with the provider's label. */
export function found(
  rows: readonly CatalogueRow[],
  providers: readonly Pick<ProviderView, "id" | "label">[],
  query: string,
): { row: CatalogueRow; provider: string }[] {
  const words = query.trim().toLowerCase().split(/\s+/);
  const label = (id: string) => providers.find((one) => one.id === id)?.label ?? "";
  return rows
    .map((row) => ({ row, provider: label(row.model.provider) }))
    .filter(({ row, provider }) => {
      const text = `${row.label} ${row.model.model} ${provider}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
}

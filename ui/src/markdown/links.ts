/** Which addresses may become links. Everything else stays text. */

const LONGEST = 2048;
const OPENABLE = new Set(["http:", "https:", "mailto:"]);

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** The address to open, or null where it must not be opened. */
export function openable(address: string): string | null {
  const trimmed = address.trim();
  if (trimmed.length === 0 || trimmed.length > LONGEST) return null;
  const url = parsed(trimmed);
  if (url === null || !OPENABLE.has(url.protocol)) return null;
  if (url.protocol !== "mailto:" && url.hostname === "") return null;
  return url.href.length > LONGEST ? null : url.href;
}

/** The place an address leads to, for people. */
export function placeOf(href: string): string {
  const url = parsed(href);
  if (url === null) return href;
  return url.protocol === "mailto:" ? url.pathname : url.host;
}

const LOOKS_LIKE_A_PLACE =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?=[/?#:]|$)/iu;

/** The real host of a link whose label names a different one, else null. */
export function contradicted(label: string, href: string): string | null {
  const claim = LOOKS_LIKE_A_PLACE.exec(label.trim())?.[1]?.toLowerCase();
  const url = parsed(href);
  if (claim === undefined || url === null || url.protocol === "mailto:") return null;
  const real = url.hostname.toLowerCase();
  const bare = (host: string) => host.replace(/^www\./, "");
  return bare(claim) === bare(real) ? null : real;
}

/**
 * Decodes the escapes of printable ASCII characters (`%68` → `h`, `%3A` → `:`) and leaves all else as it is:
 * malformed escapes, control bytes and bytes above 126. For comparing with known ASCII words; never for what is
 * forwarded or stored. Never throws.
 */
export const percentDecoded = (text: string): string =>
  text.includes('%')
    ? text.replace(PRINTABLE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

const PRINTABLE = /%([2-6][0-9a-f]|7[0-9a-e])/gi;

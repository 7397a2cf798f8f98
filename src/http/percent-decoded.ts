/**
 * Decodes the escapes of printable ASCII characters (`%68` → `h`, `%3A` → `:`) and leaves all else as it is:
 * malformed escapes, control bytes and bytes above 126. For comparing with known ASCII words; never for what is
 * forwarded or stored. Never throws, and gives back the same text without allocating when it holds no `%`.
 */
export const percentDecoded = (text: string): string => {
  let percent = text.indexOf('%');
  if (percent === -1) return text;
  let decoded = '';
  let copied = 0;
  for (; percent !== -1; percent = text.indexOf('%', percent + 1)) {
    const code = hexDigit(text.charCodeAt(percent + 1)) * 16 + hexDigit(text.charCodeAt(percent + 2));
    if (!(code >= 0x20 && code <= 0x7e)) continue;
    decoded += text.slice(copied, percent) + String.fromCharCode(code);
    copied = percent + 3;
  }
  return decoded + text.slice(copied);
};

/** 0 to 15, or NaN, which spreads through any sum. */
const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN;
};

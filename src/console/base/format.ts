const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 1,234,567 */
export const whole = (value: number): string => WHOLE.format(value);

const PRECISE = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** 1,234,567 or, of a mean, 12.3: as exact as it is of use. */
export const exact = (value: number): string => (Math.abs(value) < 100 ? PRECISE : WHOLE).format(value);

const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A format for figures that stand under each other: all with tenths if one of them needs them, and is small. */
export const alike = (values: readonly (number | null)[]): ((value: number) => string) => {
  const fractional = values.some((it) => it !== null && !Number.isInteger(it));
  return fractional ? (value) => (Math.abs(value) < 100 ? TENTHS : WHOLE).format(value) : whole;
};

/** +3.2 %; nothing to compare with is no change. */
export const change = (value: number, before: number): string => {
  if (before === 0) return value === 0 ? '±0 %' : 'new';
  const share = ((value - before) / before) * 100;
  return `${share < 0 ? '−' : share > 0 ? '+' : '±'}${PRECISE.format(Math.abs(share))} %`;
};

/** 1.2M */
export const short = (value: number): string => SHORT.format(value);

/** A rate: one decimal below ten, else whole or short. */
export const rate = (value: number): string => {
  if (value === 0) return '0';
  return value < 10 ? value.toFixed(1) : value < 10_000 ? whole(value) : short(value);
};

export const percent = (share: number | null): string =>
  share === null ? '–' : `${share === 1 ? 100 : (share * 100).toFixed(share > 0.99 ? 2 : 1)} %`;

/** Binary units, as settings have them. */
export const bytes = (value: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[unit]}`;
};

/** Milliseconds for people: 0.42 ms, 12 ms, 1.2 s. */
export const milliseconds = (value: number | null): string => {
  if (value === null) return '–';
  if (value < 1) return `${value.toFixed(2)} ms`;
  return value < 1000
    ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
    : `${(value / 1000).toFixed(1)} s`;
};

/** A span of time by its two largest units: 5 h 58 min. @param span milliseconds, not negative */
export const span = (span: number): string => {
  const seconds = Math.round(span / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
};

/** in 5 min, 3 s ago */
export const relative = (at: number, now: number): string => {
  if (Math.abs(at - now) < 1000) return 'now';
  return at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`;
};

/** Date and time in UTC, as reports have it: 2026-11-24 08:34:06 */
export const utc = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

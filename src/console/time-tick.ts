const MINUTE = 60;
const DAY = 86_400;

const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });

const BY_SECOND = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const BY_MINUTE = format({ hour: '2-digit', minute: '2-digit' });
const BY_HOUR = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const BY_DAY = format({ day: 'numeric', month: 'short' });
const BY_MONTH = format({ month: 'short', year: 'numeric' });
const BY_YEAR = format({ year: 'numeric' });

/**
 * The name of a point on a time axis, in UTC, as exact as its neighbours are far.
 * @param at epoch seconds
 * @param step seconds between two of them
 */
export const timeTick = (at: number, step: number): string => formatFor(at, step).format(at * 1000);

const formatFor = (at: number, step: number): Intl.DateTimeFormat => {
  if (step >= 365 * DAY) return BY_YEAR;
  if (step >= 28 * DAY) return BY_MONTH;
  if (step >= DAY) return BY_DAY;
  if (step < MINUTE) return BY_SECOND;
  // Midnight is the place to say which day it is.
  return at % DAY === 0 ? BY_DAY : step >= 6 * 3600 ? BY_HOUR : BY_MINUTE;
};

import { readable } from './dimensions.ts';
import { PUBLISHED_PATHS } from './published-paths.ts';

/** What people call the dimensions besides their names. */
const WORDS: Readonly<Record<string, string>> = {
  month: 'monthly months',
  day: 'daily days',
  hour: 'hourly hours peak time',
  tenant: 'programmer brand network',
  mvpd: 'mvpds provider operator distributor cable',
  platform: 'platforms device devices ios android roku tv web',
  channel: 'channels station',
  application: 'app apps applications',
  'application-id': 'app apps applications id',
  'concurrency-level': 'concurrent concurrency streams simultaneous sharing level',
  'activity-level': 'activity attempts denied level',
};

export interface FoundPath {
  readonly path: string;
  readonly title: string;
}

/**
 * The published reports that have a dimension for each of the words; those with the fewest others first.
 * @param words as people type them: `mvpd hourly`
 */
export const searchPaths = (words: string): readonly FoundPath[] => {
  const wanted = words
    .toLowerCase()
    .split(/[\s/,]+/)
    .filter((it) => it !== '');
  if (wanted.length === 0) return [];
  return PUBLISHED_PATHS.filter((path) => {
    const dimensions = path.split('/');
    return wanted.every((word) => dimensions.some((it) => isCalled(it, word)));
  })
    .toSorted((a, b) => a.split('/').length - b.split('/').length)
    .map((path) => ({ path, title: pathTitle(path.split('/')) }));
};

const isCalled = (dimension: string, word: string): boolean =>
  `${dimension} ${dimension.replaceAll('-', ' ')} ${WORDS[dimension] ?? ''}`
    .split(' ')
    .some((name) => name.startsWith(word));

const FINEST: readonly (readonly [string, string])[] = [
  ['minute', 'minute'],
  ['hour', 'hour'],
  ['day', 'day'],
  ['month', 'month'],
  ['year', 'year'],
];

/** The dimensions of a path in words: MVPD, Tenant by day. */
export const pathTitle = (path: readonly string[]): string => {
  const time = FINEST.find(([dimension]) => path.includes(dimension))?.[1];
  const others = path.filter((it) => !FINEST.some(([dimension]) => dimension === it)).map(readable);
  const what = others.length === 0 ? 'Everything' : others.join(', ');
  return time === undefined ? what : `${what} by ${time}`;
};

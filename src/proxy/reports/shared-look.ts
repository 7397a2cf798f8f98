import type { EpochMs } from '../../base/units.ts';
import { decideReuse } from '../../cache/policy/reuse.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { bodySample } from '../../cache/store/gunzip.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/fields.ts';
import { hasWantedShape, hasWantedType, type Question } from './question.ts';

/** What a copy that replicas share is good for: to be served, the same while it is refreshed, or to be validated. */
export type SharedUse = 'serve' | 'serve-and-refresh' | 'validate';

/** A stale copy, where it may be served at all, is of use to those who have none. */
const useOf = (
  copy: StoredResponse,
  { directives }: Question,
  stored: StoredResponse | undefined,
  now: EpochMs,
): SharedUse => {
  const reuse = decideReuse(copy.freshness, directives, now);
  if (reuse === 'fresh') return 'serve';
  if (stored !== undefined) return 'validate';
  if (reuse === 'stale-while-revalidate') return 'serve-and-refresh';
  return reuse === 'stale-allowed' ? 'serve' : 'validate';
};

/**
 * What others have put there is judged like an answer; what does not pass is gone for everybody.
 * @param stored the copy at hand: only a newer one counts
 */
export const lookShared = async (
  entry: SharedEntry,
  question: Question,
  stored: StoredResponse | undefined,
  now: () => EpochMs,
  signal: AbortSignal,
): Promise<{ readonly copy: StoredResponse; readonly use: SharedUse } | undefined> => {
  const isGood = (it: StoredResponse): boolean => useOf(it, question, stored, now()) !== 'validate';
  const copy = await entry.find(isGood, signal);
  if (copy === undefined) return undefined;
  if (!(await isSound(copy, question))) {
    entry.end('gone');
    return undefined;
  }
  if (stored !== undefined && copy.freshness.responseTime <= stored.freshness.responseTime) return undefined;
  return { copy, use: useOf(copy, question, stored, now()) };
};

/** Whether a copy from elsewhere is whole, and what was asked for: as an answer must be that is to be stored. */
const isSound = async (copy: StoredResponse, question: Question): Promise<boolean> => {
  if (!hasWantedType(question, rawHeaders(copy.headers)('content-type'))) return false;
  const sample = await bodySample(copy.body, copy.gzip);
  return sample !== undefined && hasWantedShape(question, sample);
};

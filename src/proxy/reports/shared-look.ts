import type { EpochMs } from '../../base/units.ts';
import { decideReuse, isServed, type Reuse } from '../../cache/policy/reuse.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { bodySample } from '../../cache/store/gunzip.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/fields.ts';
import { hasWantedShape, hasWantedType, type Question } from './question.ts';

/** A stale copy, where it may be served at all, is of use to those who have none. */
const reuseOf = (
  copy: StoredResponse,
  { directives }: Question,
  stored: StoredResponse | undefined,
  now: EpochMs,
): Reuse => {
  const reuse = decideReuse(copy.freshness, directives, now);
  return stored === undefined || reuse === 'fresh' ? reuse : 'revalidate-stale';
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
): Promise<{ readonly copy: StoredResponse; readonly reuse: Reuse } | undefined> => {
  const isGood = (it: StoredResponse): boolean => isServed(reuseOf(it, question, stored, now()));
  const copy = await entry.find(isGood, signal);
  if (copy === undefined) return undefined;
  if (!(await isSound(copy, question))) {
    entry.end('gone');
    return undefined;
  }
  if (stored !== undefined && copy.freshness.responseTime <= stored.freshness.responseTime) return undefined;
  return { copy, reuse: reuseOf(copy, question, stored, now()) };
};

/** Whether a copy from elsewhere is whole, and what was asked for: as an answer must be that is to be stored. */
const isSound = async (copy: StoredResponse, question: Question): Promise<boolean> => {
  if (!hasWantedType(question, rawHeaders(copy.headers)('content-type'))) return false;
  const sample = await bodySample(copy.body, copy.gzip);
  return sample !== undefined && hasWantedShape(question, sample);
};

import { between, type EpochMs, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import type { RefusalMeaning } from '../protocol/api-refusal.ts';
import type { AccessToken } from '../protocol/credentials.ts';

/** What is known when the API has refused a request (docs/adobe.md §7). */
export interface RefusalFacts {
  readonly meaning: RefusalMeaning;
  /** This place refused a moment ago, and it was found to be its own affair. */
  readonly knownPlace: boolean;
  readonly earlier: number;
  /** The refused token serves no more: there is a proven successor. */
  readonly replaced: boolean;
  /** It was received so short ago that not every server need know it. */
  readonly young: boolean;
  /** The API has taken this token before, at whatever place. */
  readonly proven: boolean;
  /** Some token is proven, this one or another, and nothing casts doubt on it but this place. */
  readonly someProven: boolean;
  /** It is another one, and has not been tried for this request. */
  readonly otherProven: boolean;
  /** The proven token was taken by a request that was sent after this one. */
  readonly takenSince: boolean;
  /** Another place has refused this token too, and none has taken it since. */
  readonly refusedElsewhere: boolean;
  /** The request waited a moment for such news. */
  readonly waited: boolean;
  /** The request was refused with another token before. */
  readonly triedAnother: boolean;
}

export type Judgement =
  /** `remember`: it is this place's own affair, and the next one is passed on at once. */
  | { readonly act: 'pass-on'; readonly remember: boolean }
  | { readonly act: 'other' }
  | { readonly act: 'again'; readonly after: Milliseconds }
  /** What others learn of the token meanwhile tells whose affair this is. */
  | { readonly act: 'wait' }
  | { readonly act: 'successor' };

/** Pauses before the same young token is sent again; together a little more than the 3 s that an API may lag behind. */
const AGAIN: readonly Milliseconds[] = [200, 400, 600, 900, 1400].map(milliseconds);
/** A request is sent no oftener than this, whatever happens. */
const MOST_REFUSALS = AGAIN.length + 3;
const LONGEST_YOUTH: Milliseconds = seconds(4);

/**
 * What to do about a refusal. It counts against a token only if nothing else takes that token: a proven one is kept, a
 * young one gets time, and what is one place's own affair is passed on as Adobe said it.
 */
export function judgeRefusal(facts: RefusalFacts): Judgement {
  if (facts.meaning === 'forbidden') return { act: 'pass-on', remember: false };
  if (facts.meaning === 'scope') return { act: 'pass-on', remember: true };
  // What refuses while nothing is taken anywhere is hardly the affair of this place.
  const own: Judgement = { act: 'pass-on', remember: facts.someProven };
  if (facts.knownPlace || facts.earlier >= MOST_REFUSALS) return own;
  if (facts.replaced || facts.otherProven) return { act: 'other' };
  if (facts.takenSince && facts.triedAnother) return own;
  const after = facts.young ? AGAIN[Math.min(facts.earlier, AGAIN.length - 1)] : undefined;
  if (after !== undefined) return { act: 'again', after };
  if (facts.takenSince) return own;
  if (facts.triedAnother && facts.someProven && facts.meaning === 'token') return own;
  if (facts.proven && !facts.refusedElsewhere && !facts.waited) return { act: 'wait' };
  return { act: 'successor' };
}

/** Servers of the API may not know this token yet: they learn of it late, or their clocks are behind its `nbf`. */
export const isYoung = ({ receivedAt, expiresAt }: AccessToken, now: EpochMs): boolean =>
  between(receivedAt, now) < Math.min(LONGEST_YOUTH, between(receivedAt, expiresAt) / 2);

/** How long requests are spared the successor on trial after it was refused `times` in a row. */
export const trialPause = (times: number): Milliseconds =>
  milliseconds(Math.min(30_000, 200 * 2 ** Math.min(times - 1, 10)));

/** How long a place that refuses of its own is remembered as such, after it was found out `times` in a row. */
export const placeRemembered = (times: number): Milliseconds =>
  seconds(Math.min(300, 60 * 2 ** Math.min(times - 1, 10)));

export const NEWS_LIMIT: Milliseconds = milliseconds(250);

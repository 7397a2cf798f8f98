import type { Milliseconds } from '../../base/units.ts';
import { NO_REQUEST_DIRECTIVES, type RequestDirectives } from './cache-control.ts';

/**
 * What callers' wishes for a newer answer count for (RFC 9111 §5.2.1 leaves it to the cache): all, nothing, or only
 * where the stored answer is of some age.
 */
export type CallerWishes = 'honour' | 'ignore' | { readonly onceIn: Milliseconds };

/** The wishes that count. `only-if-cached` and `max-stale` always do: they send nothing upstream. */
export const countingWishes = (wished: RequestDirectives, wishes: CallerWishes): RequestDirectives => {
  if (wishes === 'honour' || !wantsNewer(wished)) return wished;
  if (wishes === 'ignore') {
    const { onlyIfCached, maxStale } = wished;
    return { ...NO_REQUEST_DIRECTIVES, onlyIfCached, maxStale };
  }
  // What nobody keeps would have to be fetched each time.
  return { ...wished, noStore: false, noCache: wished.noCache || wished.noStore, newEnough: wishes.onceIn };
};

const wantsNewer = ({ noCache, noStore, maxAge, minFresh }: RequestDirectives): boolean =>
  noCache || noStore || maxAge !== undefined || minFresh !== undefined;

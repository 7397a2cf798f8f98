import type { HeaderLookup } from '../../http/header-lookup.ts';
import type { StoredFreshness } from './stored-freshness.ts';

/** Who decides how long an answer lasts: only where the origin says nothing have callers to be told. */
const isOurs = ({ basis }: Pick<StoredFreshness, 'basis'>): boolean =>
  basis === 'schedule' || basis === 'heuristic';

/**
 * What a caller is told of an answer's freshness where its origin says nothing, flat: the whole lifetime, of which `Age`
 * tells how much is over (RFC 9111 §4.2). `undefined` stands for an answer that is not to be stored.
 * @param headers of the answer
 */
export const toldFreshness = (
  freshness: Pick<StoredFreshness, 'basis' | 'lifetime'> | undefined,
  headers: HeaderLookup,
): readonly string[] => {
  if (headers('cache-control') !== undefined || headers('expires') !== undefined) return NOTHING;
  if (freshness === undefined) return NO_STORE;
  return isOurs(freshness) ? ['Cache-Control', `max-age=${Math.floor(freshness.lifetime / 1000)}`] : NOTHING;
};

const NOTHING: readonly string[] = [];
const NO_STORE: readonly string[] = ['Cache-Control', 'no-store'];

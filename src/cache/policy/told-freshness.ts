import type { HeaderLookup } from '../../http/header-lookup.ts';
import type { StoredFreshness } from './stored-freshness.ts';

/**
 * What a caller is told of an answer's freshness where the schedule decides, flat: the whole lifetime, of which `Age`
 * tells how much is over (RFC 9111 §4.2). `undefined` stands for an answer that is not to be stored.
 * @param headers of the answer
 */
export const toldFreshness = (
  freshness: Pick<StoredFreshness, 'basis' | 'lifetime'> | undefined,
  headers: HeaderLookup,
): readonly string[] => {
  if (headers('cache-control') !== undefined || headers('expires') !== undefined) return NOTHING;
  if (freshness === undefined) return NO_STORE;
  if (freshness.basis !== 'schedule') return NOTHING;
  return ['Cache-Control', `max-age=${Math.floor(freshness.lifetime / 1000)}`];
};

const NOTHING: readonly string[] = [];
const NO_STORE: readonly string[] = ['Cache-Control', 'no-store'];

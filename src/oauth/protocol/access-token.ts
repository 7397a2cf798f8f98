import type { Secret } from '../../base/secret.ts';
import type { EpochMs } from '../../base/units.ts';

/**
 * A bearer token that is known to be usable until `expiresAt`. There is no token without an expiry:
 * whoever makes one has settled it from the earliest of its sources (docs/adobe.md §4).
 */
export interface AccessToken {
  /**
   * The whole header value, `Bearer <b68token>` (RFC 6750 §2.1), made once so that the hot path does not concatenate.
   */
  readonly authorization: Secret;
  /** When it was received, by our own clock. */
  readonly receivedAt: EpochMs;
  /** The earliest of `created_at + expires_in`, the JWT's `exp`, and receipt time + `expires_in`. */
  readonly expiresAt: EpochMs;
}

import type { Secret } from '../../base/secret.ts';
import type { EpochMs } from '../../base/units.ts';

/** A bearer token. There is none without an expiry: whoever makes one has settled it (docs/adobe.md §4). */
export interface AccessToken {
  /** The whole header value, `Bearer <b68token>` (RFC 6750 §2.1): the hot path does not concatenate. */
  readonly authorization: Secret;
  /** Both by our own clock. */
  readonly receivedAt: EpochMs;
  readonly expiresAt: EpochMs;
}

/** What a registration brings (RFC 7591 §3.2.1), used until it expires or is refused (docs/adobe.md §3). */
export interface ClientCredentials {
  /** `client_id`. Not a secret: it is shown in the status. */
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** `client_id_issued_at`, or when it was received where the answer does not say. */
  readonly issuedAt: EpochMs;
  /** `client_secret_expires_at`; absent when it never expires or nobody knows. */
  readonly expiresAt?: EpochMs;
  /** `scopes` (or RFC 7591's `scope`): what its tokens may be used for. */
  readonly scopes?: readonly string[];
  /** `token_endpoint_auth_method`, where it is `client_secret_basic`. */
  readonly basic?: true;
}

import type { Milliseconds } from '../../base/units.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';

/** The head of an upstream answer as every caller of its flight gets it. */
export interface ReportHead {
  readonly status: number;
  /** End-to-end fields as a flat list. */
  readonly headers: readonly string[];
  readonly gzip: boolean;
  /** The status that the upstream itself answered: 304 for a validated copy. */
  readonly upstreamStatus: number;
  /** For how long it is fresh, if it is being stored. */
  readonly storedFor: Milliseconds | undefined;
  /** Whether callers other than the one whose request went out may have it. */
  readonly shareable: boolean;
  /** From sending the request to this head; `undefined` if none was sent. */
  readonly upstreamDuration: Milliseconds | undefined;
  /** The whole body, decoded, if that had to be done anyway. */
  readonly decoded: Buffer | undefined;
  /** There is no body: the answer is made from this copy. */
  readonly copy: AnsweringCopy | undefined;
}

/** A complete report that answers in the place of a body from upstream. */
export interface AnsweringCopy {
  readonly stored: StoredResponse;
  /** `validation`: a 304 has confirmed it. `shared`: another replica fetched it. */
  readonly from: 'validation' | 'shared';
}

import type { EpochMs, Milliseconds } from '../../base/units.ts';
import { decideStorage, type StorageDecision } from '../../cache/policy/storability.ts';
import { remainingFreshness, toldFreshness } from '../../cache/policy/stored-freshness.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { StoredResponse } from '../../cache/store/stored-response.ts';
import { type HeaderLookup, rawHeaders } from '../../http/fields.ts';
import type { AnswerHead } from '../../upstream/flat-fields.ts';
import { withoutHeaders } from '../answer/response-headers.ts';
import type { RouteCaching } from '../gate/route.ts';
import { hasWantedShape, hasWantedType, type Question } from './question.ts';

/** Written anew for each hit, or told by the stored copy itself. */
const NOT_STORED = ['age', 'cache-status', 'content-length', 'etag'] as const;

/** The stored copy itself knows that it is gzip; another coding is a field like any other. */
const CODING = 'content-encoding';

/** Stores one answer as it comes: decides at its head, saves at its end. */
export class AnswerStoring {
  readonly #question: Question;
  readonly #caching: RouteCaching;
  readonly #entry: SharedEntry | undefined;
  readonly #requestTime: EpochMs;
  #decision: StorageDecision = { store: false, reason: 'status' };
  #status = 0;
  #headers: readonly string[] = [];

  constructor(
    question: Question,
    caching: RouteCaching,
    entry: SharedEntry | undefined,
    requestTime: EpochMs,
  ) {
    this.#question = question;
    this.#caching = caching;
    this.#entry = entry;
    this.#requestTime = requestTime;
  }

  /** @returns most bytes of body to collect: 0 for what will not be stored or says that it is too large */
  begin({ status, framed }: AnswerHead, headers: readonly string[], now: EpochMs): number {
    const lookup = rawHeaders(headers);
    this.#status = status;
    this.#headers = headers;
    if (!hasWantedType(this.#question, lookup('content-type'))) {
      this.#decision = { store: false, reason: 'no-report' };
      return 0;
    }
    this.#decision = this.#decide(status, lookup, now);
    const most = this.#decision.store && framed ? this.#mostToCollect(lookup) : 0;
    if (most === 0 && supersedes(status)) this.dropStored();
    return most;
  }

  /** Ends the use of the stored copy: this answer takes its place and cannot be stored. */
  dropStored(): void {
    const { key, request } = this.#question;
    this.#caching.cache.forget(key, request);
    this.#entry?.end('gone');
  }

  #mostToCollect(headers: HeaderLookup): number {
    const most = this.#caching.cache.maxEntryBytes;
    const declared = headers('content-length');
    return declared === undefined || Number(declared) <= most ? most : 0;
  }

  freshFor(now: EpochMs): Milliseconds | undefined {
    return this.#decision.store ? remainingFreshness(this.#decision, now) : undefined;
  }

  get told(): readonly string[] {
    const { tellsFreshness, policy } = this.#caching;
    if (!tellsFreshness || policy === 'http') return [];
    return toldFreshness(this.#decision.store ? this.#decision : undefined, rawHeaders(this.#headers));
  }

  /** Whether callers who only share the flight may have the answer: not if it is somebody's own (RFC 9111 §3). */
  get shareable(): boolean {
    const decision = this.#decision;
    return (
      decision.store ||
      (decision.reason !== 'private' && decision.reason !== 'no-store' && decision.reason !== 'vary-star')
    );
  }

  /** Saves a whole body. @param sample of it without its coding; `undefined` if that could not be taken off */
  save(body: Buffer, sample: Buffer | undefined, gzip: boolean): void {
    const decision = this.#decision;
    if (!decision.store || sample === undefined || !hasWantedShape(this.#question, sample)) return;
    const { route, below, query } = this.#question;
    this.#put(
      new StoredResponse({
        status: this.#status,
        headers: withoutHeaders(
          this.#headers,
          ...NOT_STORED,
          ...(gzip ? [CODING] : []),
          ...decision.withheldFields,
        ),
        body,
        gzip,
        upstreamEtag: rawHeaders(this.#headers)('etag'),
        varyFields: selectingFields(decision.varyFields),
        target: route.prefix + below + query,
        freshness: decision,
      }),
    );
  }

  /** RFC 9111 §4.3.4: a 304's fields replace the stored ones, and its freshness counts. @returns the copy to serve */
  revalidate(stored: StoredResponse, headers: readonly string[], now: EpochMs): StoredResponse {
    const fresh = withoutHeaders(headers, ...NOT_STORED, CODING);
    const merged = mergedHeaders(stored.headers, fresh);
    this.#decision = this.#decide(
      stored.status,
      withValidator(rawHeaders(merged), rawHeaders(headers), stored),
      now,
    );
    if (!this.#decision.store) return stored;
    const current = new StoredResponse({
      ...stored,
      body: stored.body,
      headers: merged,
      freshness: this.#decision,
    });
    this.#put(current);
    return current;
  }

  #decide(status: number, headers: HeaderLookup, now: EpochMs): StorageDecision {
    const { below, query, directives } = this.#question;
    return decideStorage(
      directives,
      { status, headers, requestTime: this.#requestTime, responseTime: now },
      this.#caching.storagePolicy(below, query.slice(1), now),
    );
  }

  #put(response: StoredResponse): void {
    const { key, request } = this.#question;
    this.#caching.cache.store(key, request, response);
    this.#entry?.save(response);
  }
}

/**
 * Whether an answer that cannot be stored still ends the use of the copy that is (RFC 9111 §4.3.3): a report that is
 * gone, or forbidden by now, must not be served on. A failure says nothing about the report.
 */
const supersedes = (status: number): boolean => status < 500 && status !== 408 && status !== 429;

/** Neither field selects anything here: the format of `Accept` is in the key, and one copy serves all codings. */
const selectingFields = (varyFields: readonly string[]): readonly string[] =>
  varyFields.filter((name) => name !== 'accept-encoding' && name !== 'accept');

const mergedHeaders = (old: readonly string[], fresh: readonly string[]): string[] => {
  const replaced: string[] = [];
  for (let i = 0; i + 1 < fresh.length; i += 2) replaced.push((fresh[i] ?? '').toLowerCase());
  return [...withoutHeaders(old, ...replaced), ...fresh];
};

/** The merged fields, plus those of the 304 and the stored copy that are kept apart from its header list. */
const withValidator =
  (merged: HeaderLookup, fresh: HeaderLookup, stored: StoredResponse): HeaderLookup =>
  (name) =>
    name === 'age' ? fresh(name) : (merged(name) ?? (name === 'etag' ? stored.upstreamEtag : undefined));

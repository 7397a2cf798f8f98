import { asError } from '../../base/error-code.ts';
import type { EpochMs } from '../../base/units.ts';
import { hasShapeOf, hasTypeOf } from '../../cache/adobe/report-body.ts';
import { decideReuse, type Reuse } from '../../cache/policy/reuse.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import type { Flight } from '../../cache/store/flight.ts';
import { bodySample } from '../../cache/store/gunzip.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import type { ReportHead } from '../answer/report-head.ts';
import { expectedFormat, type Question } from './question.ts';
import type { ReportFetch } from './report-fetch.ts';

export interface SharedFetchEffects {
  now(): EpochMs;
  /** Fetches the report anew while this copy is served. */
  refresh(copy: StoredResponse): void;
}

/** A fetch that looks into what replicas share before it goes upstream, and shares what it brings. */
export class SharedFetch {
  readonly #entry: SharedEntry;
  readonly #fetch: ReportFetch;
  readonly #question: Question;
  readonly #stored: StoredResponse | undefined;
  readonly #effects: SharedFetchEffects;
  readonly #leaving = new AbortController();
  #sent = false;

  /** @param stored the copy in memory, if there is one */
  constructor(
    entry: SharedEntry,
    fetch: ReportFetch,
    question: Question,
    stored: StoredResponse | undefined,
    effects: SharedFetchEffects,
  ) {
    this.#entry = entry;
    this.#fetch = fetch;
    this.#question = question;
    this.#stored = stored;
    this.#effects = effects;
  }

  get flight(): Flight<ReportHead> {
    return this.#fetch.flight;
  }

  send(): void {
    // Who insists on a new report gets one from upstream; the others get it from him.
    const { noCache, newEnough } = this.#question.directives;
    if (noCache && newEnough === 0) this.#goOn(this.#stored);
    else this.#look().catch((error: unknown) => this.#fetch.failed(asError(error)));
  }

  /** Nothing more comes of the fetch. @param left whether nobody wanted it any more */
  over(left: boolean): void {
    this.#leaving.abort();
    this.#entry.end(this.#sent && !left ? 'nothing-to-share' : 'left');
  }

  async #look(): Promise<void> {
    const copy = await this.#find();
    if (this.#fetch.isOver) {
      this.#entry.end('left');
      return;
    }
    if (copy === undefined || !this.#isNews(copy)) {
      this.#goOn(this.#stored);
      return;
    }
    this.#keep(copy);
    const reuse = this.#reuse(copy);
    if (!this.#isGood(copy)) {
      this.#goOn(copy);
      return;
    }
    this.#fetch.answerFrom(copy);
    if (reuse === 'stale-while-revalidate') this.#effects.refresh(copy);
  }

  /** What others have put there is judged like an answer; what does not pass is gone for everybody. */
  async #find(): Promise<StoredResponse | undefined> {
    const copy = await this.#entry.find((it) => this.#isGood(it), this.#leaving.signal);
    if (copy === undefined || (await isSound(copy, this.#question))) return copy;
    this.#entry.end('gone');
    return undefined;
  }

  #goOn(copy: StoredResponse | undefined): void {
    this.#sent = true;
    this.#fetch.send(copy);
  }

  /** A stale copy, where it may be served at all, is of use to those who have none. */
  #isGood(copy: StoredResponse): boolean {
    const reuse = this.#reuse(copy);
    if (reuse === 'fresh') return true;
    return this.#stored === undefined && (reuse === 'stale-while-revalidate' || reuse === 'stale-allowed');
  }

  #reuse(copy: StoredResponse): Reuse {
    return decideReuse(copy.freshness, this.#question.directives, this.#effects.now());
  }

  #isNews(copy: StoredResponse): boolean {
    return this.#stored === undefined || copy.freshness.responseTime > this.#stored.freshness.responseTime;
  }

  /** In memory it answers the next callers, and stands in if upstream fails. */
  #keep(copy: StoredResponse): void {
    const { route, key, request } = this.#question;
    const cache = route.caching?.cache;
    if (cache !== undefined && copy.bodyLength <= cache.maxEntryBytes) {
      cache.store(key, request, copy);
    }
  }
}

/** Whether a copy from elsewhere is whole, and what was asked for: as an answer must be that is to be stored. */
const isSound = async (copy: StoredResponse, question: Question): Promise<boolean> => {
  const format = expectedFormat(question);
  if (format !== undefined && !hasTypeOf(format, rawHeaders(copy.headers)('content-type'))) return false;
  const sample = await bodySample(copy.body, copy.gzip);
  return sample !== undefined && (format === undefined || hasShapeOf(format, sample));
};

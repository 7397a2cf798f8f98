import { asError } from '../../base/error-code.ts';
import { hasShapeOf, hasTypeOf } from '../../cache/adobe/report-body.ts';
import { decideReuse, type Reuse } from '../../cache/policy/reuse.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { bodySample } from '../../cache/store/gunzip.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { rawHeaders } from '../../http/fields.ts';
import { expectedFormat, type Question } from './question.ts';
import { type FetchOwner, ReportFetch } from './report-fetch.ts';

/** A fetch that looks into what replicas share before it goes upstream, and shares what it brings. */
export class SharedFetch extends ReportFetch {
  readonly #entry: SharedEntry;
  readonly #leaving = new AbortController();
  #sent = false;

  constructor(question: Question, stored: StoredResponse | undefined, owner: FetchOwner, entry: SharedEntry) {
    super(question, stored, owner, entry);
    this.#entry = entry;
  }

  override send(): void {
    // Who insists on a new report gets one from upstream; the others get it from him.
    const { noCache, newEnough } = this.question.directives;
    if (noCache && newEnough === 0) this.#goOn(this.stored);
    else this.#look().catch((error: unknown) => this.failed(asError(error)));
  }

  protected override over(left = false): void {
    super.over();
    this.#leaving.abort();
    this.#entry.end(this.#sent && !left ? 'nothing-to-share' : 'left');
  }

  async #look(): Promise<void> {
    const copy = await this.#find();
    if (this.isOver) {
      this.#entry.end('left');
      return;
    }
    if (copy === undefined || !this.#isNews(copy)) {
      this.#goOn(this.stored);
      return;
    }
    this.#keep(copy);
    const reuse = this.#reuse(copy);
    if (!this.#isGood(copy)) {
      this.#goOn(copy);
      return;
    }
    this.answerFrom(copy);
    if (reuse === 'stale-while-revalidate') this.owner.refresh(this.question, copy);
  }

  /** What others have put there is judged like an answer; what does not pass is gone for everybody. */
  async #find(): Promise<StoredResponse | undefined> {
    const copy = await this.#entry.find((it) => this.#isGood(it), this.#leaving.signal);
    if (copy === undefined || (await isSound(copy, this.question))) return copy;
    this.#entry.end('gone');
    return undefined;
  }

  #goOn(copy: StoredResponse | undefined): void {
    this.#sent = true;
    this.ask(copy);
  }

  /** A stale copy, where it may be served at all, is of use to those who have none. */
  #isGood(copy: StoredResponse): boolean {
    const reuse = this.#reuse(copy);
    if (reuse === 'fresh') return true;
    return this.stored === undefined && (reuse === 'stale-while-revalidate' || reuse === 'stale-allowed');
  }

  #reuse(copy: StoredResponse): Reuse {
    return decideReuse(copy.freshness, this.question.directives, this.owner.now());
  }

  #isNews(copy: StoredResponse): boolean {
    return this.stored === undefined || copy.freshness.responseTime > this.stored.freshness.responseTime;
  }

  /** In memory it answers the next callers, and stands in if upstream fails. */
  #keep(copy: StoredResponse): void {
    const { route, key, request } = this.question;
    const cache = route.caching?.cache;
    if (cache !== undefined && copy.content.length <= cache.maxEntryBytes) {
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

import type { Dispatcher } from 'undici';
import { systemEffects } from '../../base/effects.ts';
import { asError } from '../../base/error-code.ts';
import { between, type EpochMs, type Milliseconds, seconds } from '../../base/units.ts';
import { isServed } from '../../cache/policy/reuse.ts';
import { remainingFreshness } from '../../cache/policy/stored-freshness.ts';
import type { SharedEntry } from '../../cache/shared/shared-reports.ts';
import { Allowance } from '../../cache/store/allowance.ts';
import { Flight, type FlightSource, type Patience } from '../../cache/store/flight.ts';
import { bodySample } from '../../cache/store/gunzip.ts';
import type { StoredResponse } from '../../cache/store/stored-response.ts';
import { fieldNames, rawHeaders } from '../../http/fields.ts';
import { type AnswerHead, answerHead, flatFields } from '../../upstream/flat-fields.ts';
import { givenUp } from '../../upstream/upstream-error.ts';
import type { AnsweringCopy, ReportHead } from '../answer/answer.ts';
import { isGzip } from '../answer/encoding.ts';
import { ProblemError } from '../answer/problem.ts';
import {
  DATA_ONLY,
  forwardableHeaders,
  withDate,
  withoutHeaders,
  withVary,
} from '../answer/response-headers.ts';
import { LinkedBody } from '../links/linked-body.ts';
import { linkSyntaxOf, mapLocations } from '../links/links.ts';
import { AnswerStoring } from './answer-storing.ts';
import type { FetchOutcome } from './cool-down.ts';
import type { Question } from './question.ts';
import { takeFromUpstream } from './rate-limit.ts';
import { lookShared } from './shared-look.ts';
import { conditionsOf, NO_CONDITIONS, upstreamHeaders } from './upstream-headers.ts';

/** Who starts fetches, and hears how they go. */
export interface FetchOwner {
  readonly unattended: Allowance;
  readonly now: () => EpochMs;
  /** Called once for a request that was sent: when the head has come, or when none will. */
  answered(question: Question, outcome: FetchOutcome): void;
  /** Called once, when nothing more will come. */
  over(question: Question, fetch: ReportFetch): void;
  refresh(question: Question, copy: StoredResponse): void;
}

/** How long a caller who reads slowly may hold up others at a report that is too large to be kept. */
const PATIENCE = seconds(5);
const patience: Patience = (over) => systemEffects.setTimer(PATIENCE, over);

/** One request to the report API: undici's handler on one side, the source of a {@link Flight} on the other. */
export class ReportFetch implements Dispatcher.DispatchHandler, FlightSource {
  readonly flight: Flight<ReportHead>;
  readonly #question: Question;
  readonly #stored: StoredResponse | undefined;
  readonly #owner: FetchOwner;
  readonly #entry: SharedEntry | undefined;
  #looking: AbortController | undefined;
  #asked = false;
  #requestTime: EpochMs;
  /** When the head of the answer came, or what came instead. */
  #responseTime: EpochMs;
  #storing: AnswerStoring | undefined;
  #validating: StoredResponse | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #finished = false;
  /** Everybody has left, and it goes on to be stored. */
  #isUnattended = false;
  #gzip = false;
  /** The body is kept to be stored, unless it outgrows the bound. */
  #collects = false;
  /** If it may hold links. */
  #linked: LinkedBody | undefined;

  constructor(
    question: Question,
    stored: StoredResponse | undefined,
    owner: FetchOwner,
    entry: SharedEntry | undefined,
  ) {
    this.#question = question;
    this.#stored = stored;
    this.#owner = owner;
    this.#entry = entry;
    this.#requestTime = owner.now();
    this.#responseTime = this.#requestTime;
    const collecting = question.route.caching?.cache.collecting ?? new Allowance(0);
    this.flight = new Flight(this, collecting, patience);
  }

  /** Sets out for the answer. Join the flight before. */
  send(): void {
    // Who insists on a new report gets one from upstream; the others get it from him.
    const { noCache, newEnough } = this.#question.directives;
    if (this.#entry === undefined || (noCache && newEnough === 0)) this.#ask(this.#stored);
    else this.#look(this.#entry).catch((error: unknown) => this.#failed(asError(error)));
  }

  async #look(entry: SharedEntry): Promise<void> {
    this.#looking = new AbortController();
    const { signal } = this.#looking;
    const found = await lookShared(entry, this.#question, this.#stored, this.#owner.now, signal);
    if (this.#finished) {
      entry.end('left');
      return;
    }
    if (found !== undefined) this.#keep(found.copy);
    if (found === undefined || !isServed(found.reuse)) {
      this.#ask(found?.copy ?? this.#stored);
      return;
    }
    const { copy, reuse } = found;
    const left = remainingFreshness(copy.freshness, this.#owner.now());
    this.#startFrom({ stored: copy, from: 'shared' }, left);
    if (!this.#finished) this.#complete();
    if (reuse === 'stale-while-revalidate') this.#owner.refresh(this.#question, copy);
  }

  /** In memory it answers the next callers, and stands in if upstream fails. */
  #keep(copy: StoredResponse): void {
    const { route, key, request } = this.#question;
    const cache = route.caching?.cache;
    if (cache !== undefined && copy.content.length <= cache.maxEntryBytes) cache.store(key, request, copy);
  }

  /** Asks upstream, unless that would be one request too many. @param copy one to validate, if it can be */
  #ask(copy: StoredResponse | undefined): void {
    this.#asked = true;
    const { route, below, query, directives } = this.#question;
    const refusal = takeFromUpstream(route, this.#owner.now());
    if (refusal !== undefined) {
      this.#fail(new ProblemError(refusal));
      return;
    }
    this.#requestTime = this.#owner.now();
    if (route.caching !== undefined && !directives.noStore) {
      this.#storing = new AnswerStoring(this.#question, route.caching, this.#entry, this.#requestTime);
    }
    const conditions = copy === undefined ? NO_CONDITIONS : conditionsOf(copy, route);
    this.#validating = conditions.length > 0 ? copy : undefined;
    const path = route.upstreamPrefix + below + query;
    const headers = upstreamHeaders(this.#question, conditions);
    route.upstream.dispatcher.dispatch({ method: 'GET', path, headers }, this);
  }

  pause(): void {
    (this.#linked ?? this.#controller)?.pause();
  }

  resume(): void {
    (this.#linked ?? this.#controller)?.resume();
  }

  abandoned(): boolean {
    const isOfUse = this.#status === undefined ? this.#storing !== undefined : this.#collects;
    this.#isUnattended ||= isOfUse && this.#owner.unattended.take(1);
    return this.#isUnattended;
  }

  cancel(): void {
    this.#finished = true;
    // Nothing follows a 304: its connection can go on.
    if (!this.#isValidation) this.#controller?.abort(givenUp());
    // Of an answer that is not to be kept, enough has been seen.
    this.#over(this.#status === undefined || this.#collects);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const head = answerHead(status, flatFields(controller));
    const forwardable = forwardableHeaders(head, this.#question.route.answerHeaders);
    if (status < 200) {
      this.flight.inform({ status, headers: withoutHeaders(forwardable, 'content-length') });
      return;
    }
    this.#responseTime = this.#owner.now();
    this.#status = status;
    const headers = [...forwardable, ...DATA_ONLY];
    this.#answered(headers, undefined);
    const { route } = this.#question;
    const validating = this.#validating;
    if (validating !== undefined && this.#isValidation) {
      this.#validated(validating, headers);
      return;
    }
    mapLocations(headers, route.links);
    const lookup = rawHeaders(headers);
    this.#gzip = isGzip(lookup('content-encoding'));
    const syntax = status === 200 ? linkSyntaxOf(lookup('content-type')) : undefined;
    if (syntax === undefined) {
      this.#begin(head, headers, undefined);
    } else {
      const length = Number(lookup('content-length') ?? Number.NaN);
      const document = { syntax, gzip: this.#gzip, length, mapping: route.links };
      this.#linked = new LinkedBody(document, controller, {
        onBegin: (areMapped, decoded) =>
          this.#begin(head, areMapped ? withoutHeaders(headers, ...OF_THE_BYTES) : headers, decoded),
        onData: (chunk) => this.flight.push(chunk),
        onEnd: () => this.#complete(),
        onError: (error) => {
          this.#fail(error);
          controller.abort(error);
        },
      });
    }
    // Once all that came with the head has been passed on.
    queueMicrotask(() => this.flight.lull());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#linked === undefined) this.flight.push(chunk);
    else this.#linked.write(chunk);
  }

  onResponseEnd(): void {
    if (this.#finished) return;
    if (this.#linked === undefined) this.#complete();
    else this.#linked.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#failed(error);
  }

  #failed(error: Error): void {
    if (this.#finished) return;
    if (this.#status === undefined) {
      this.#responseTime = this.#owner.now();
      this.#answered([], error);
    }
    this.#fail(error);
  }

  get #isValidation(): boolean {
    return this.#status === 304 && this.#validating !== undefined;
  }

  get #duration(): Milliseconds {
    return between(this.#requestTime, this.#responseTime);
  }

  #answered(headers: readonly string[], error: Error | undefined): void {
    this.#owner.answered(this.#question, {
      route: this.#question.route,
      status: this.#status,
      headers: rawHeaders(headers),
      error,
      duration: this.#duration,
    });
  }

  /** The copy is still good, and stored again with the fields of the 304. Every caller is answered from it. */
  #validated(stored: StoredResponse, headers: readonly string[]): void {
    const now = this.#responseTime;
    const validated = this.#storing?.revalidate(stored, headers, now) ?? stored;
    this.#startFrom({ stored: validated, from: 'validation' }, this.#storing?.freshFor(now));
  }

  #startFrom(copy: AnsweringCopy, storedFor: Milliseconds | undefined): void {
    const { status, gzip } = copy.stored;
    const upstreamDuration = copy.from === 'shared' ? undefined : this.#duration;
    const told = { status, headers: [], gzip, storedFor, shareable: true, decoded: undefined };
    this.flight.start({ ...told, upstreamDuration, copy }, 0);
  }

  #begin(head: AnswerHead, headers: readonly string[], decoded: Buffer | undefined): void {
    const now = this.#responseTime;
    const full = withVary(withDate(headers, now), this.#selectingFields());
    const limit = this.#storing?.begin(head, full, now) ?? 0;
    this.#collects = limit > 0;
    this.flight.start(
      {
        status: head.status,
        headers: this.#storing === undefined ? full : [...full, ...this.#storing.told],
        gzip: this.#gzip,
        storedFor: limit > 0 ? this.#storing?.freshFor(now) : undefined,
        shareable: this.#storing?.shareable ?? true,
        upstreamDuration: this.#duration,
        decoded,
        copy: undefined,
      },
      limit,
    );
  }

  /** They select between our answers: the coding, which we take off, and the format, unless the origin's word counts. */
  #selectingFields(): string {
    if (this.#question.route.caching?.policy !== 'http') return 'Accept, Accept-Encoding';
    return this.#gzip ? 'Accept-Encoding' : '';
  }

  #complete(): void {
    const body = this.#status === 304 ? undefined : this.flight.keptBody?.joined();
    if (body === undefined || !this.#collects) {
      this.#end();
      return;
    }
    const sample = bodySample(body, this.#gzip);
    // Whoever comes meanwhile gets the rest of this flight.
    if (sample instanceof Promise) void sample.then((it) => this.#save(body, it));
    else this.#save(body, sample);
  }

  #save(body: Buffer, sample: Buffer | undefined): void {
    if (this.#finished) return;
    this.#storing?.save(body, sample, this.#gzip);
    this.#end();
  }

  #end(): void {
    this.#finished = true;
    this.#over();
    this.flight.end();
  }

  #fail(error: Error): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#over();
    this.flight.fail(error);
  }

  /** Nothing more will come. @param left whether nobody wanted it any more, before it was known or stored */
  #over(left = false): void {
    if (this.#isUnattended) this.#owner.unattended.give(1);
    if (this.#collects && this.flight.keptBody === undefined) this.#storing?.dropStored();
    this.#linked?.destroy();
    this.#owner.over(this.#question, this);
    this.#looking?.abort();
    this.#entry?.end(this.#asked && !left ? 'nothing-to-share' : 'left');
  }
}

/** Fields that describe the bytes of a body, and are wrong once its links were mapped. */
const OF_THE_BYTES = [...fieldNames('content-length etag content-md5 digest repr-digest content-digest')];

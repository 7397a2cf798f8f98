import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EpochMs } from '../base/units.ts';
import { type AnsweredRequest, Exchange, RequestId } from './answer/exchange.ts';
import { Sender } from './answer/sender.ts';
import { NodeWire, type Wire } from './answer/wire.ts';
import { absoluteTarget, ForwardNames } from './gate/absolute-form.ts';
import type { CallerPolicy } from './gate/caller-policy.ts';
import type { CallerToken } from './gate/caller-tokens.ts';
import { type Admittance, type ApiPassage, type Asked, gate, type Verdict } from './gate/gate.ts';
import { loopMark, withMark } from './gate/loop.ts';
import { type RequestHead, readRequestHead } from './gate/request-head.ts';
import type { AnyRoute } from './gate/route.ts';
import { RouteTable } from './gate/route-table.ts';
import { questionOf } from './reports/question.ts';
import { rateLimited, takeFromBoth } from './reports/rate-limit.ts';
import type { FetchOutcome } from './reports/report-fetch.ts';
import { ReportFetches } from './reports/report-fetches.ts';
import { ReportPrefetch } from './reports/report-prefetch.ts';
import { Reports } from './reports/reports.ts';

/** What is served, and to whom. */
export interface Service {
  readonly routes: readonly AnyRoute[];
  readonly callers: CallerPolicy;
  /** If there are any, each request for a route needs one of them. */
  readonly callerTokens?: readonly CallerToken[];
  /** Whether callers may call report APIs by their own names, as through an `http_proxy`. */
  readonly forwardsByName?: boolean;
}

export interface GatewayOptions extends Service {
  readonly now: () => EpochMs;
  /** Monotonic, in milliseconds. */
  readonly elapsed: () => number;
  /** Called with the head of each request before it goes anywhere; it may put a `traceparent` of its own there. */
  readonly onOpened?: (head: RequestHead) => void;
  readonly onAnswered: (answered: AnsweredRequest) => void;
  readonly onFetched: (outcome: FetchOutcome) => void;
  /** Tells this process's request ids from those of others that start at the same moment. */
  readonly instance?: string;
  /** Names this process to itself, should a request that it sends come back: 12 hexadecimal digits. */
  readonly loopId: string;
}

/** What is answered here; what is for an API is forwarded by others. */
export type Admitted = Exclude<Verdict, { kind: 'elsewhere' | 'api' }>;

/** Answers requests, whoever has read them: gate, question, answer, sender. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #reports: Reports;
  /** Reports that the proxy itself wants to have stored. */
  readonly prefetch: ReportPrefetch;
  readonly #loopMark: string;
  #admittance: Admittance;
  #sequence = 0;
  readonly #idPrefix: string;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#loopMark = loopMark(options.loopId);
    this.#admittance = this.#admitted(options);
    const fetches = new ReportFetches(options);
    this.#reports = new Reports(fetches, options);
    this.prefetch = new ReportPrefetch(fetches, () => this.#admittance.routes, options.now, this.#loopMark);
    this.#idPrefix = options.now().toString(36) + (options.instance ?? '');
  }

  /** Requests that come from now on are served so; those under way end as they began. */
  replace(service: Service): void {
    this.#admittance = this.#admitted(service);
  }

  /** The prefixes that are served, each once. */
  get prefixes(): readonly string[] {
    return [...new Set(this.#admittance.routes.routes.map(({ prefix }) => prefix))];
  }

  get callers(): CallerPolicy {
    return this.#admittance.callers;
  }

  /** How many requests it has taken up since the start. */
  get opened(): number {
    return this.#sequence;
  }

  /** Judges a request and does nothing with it. */
  judge(asked: Asked): Verdict {
    return gate(asked, this.#admittance);
  }

  /** Gives a request that was judged its answer. */
  answer(asked: Asked, verdict: Admitted, wire: Wire): void {
    // A report request has no use for a body: it is never read, so the connection ends with the answer.
    if (asked.head.hasBody) wire.closeAfter();
    const sender = this.#open(asked, verdict, wire);
    if (verdict.kind === 'refused') sender.send({ kind: 'problem', problem: verdict.problem });
    else sender.send(this.#reports.answer(questionOf(verdict, asked)));
  }

  /** Both. @returns `false` if the request is for no report, and has not been touched */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const asked = askedOf(request);
    const verdict = this.judge(asked);
    if (verdict.kind === 'elsewhere' || verdict.kind === 'api') return false;
    this.answer(asked, verdict, new NodeWire(response));
    return true;
  }

  /** Takes up a request to an API. @returns who sends its answer; `undefined` if it has been refused */
  openApi(asked: Asked, passage: ApiPassage, wire: Wire): Sender | undefined {
    const { route, caller } = passage;
    const sender = this.#open(asked, passage, wire);
    const refusal = takeFromBoth(caller, route, this.#options.elapsed());
    if (refusal === undefined) return sender;
    // Nobody reads a body.
    const problem = { ...rateLimited(refusal, route.upstream.origin), close: asked.head.hasBody };
    sender.send({ kind: 'problem', problem });
    return undefined;
  }

  /** The host of a report API that may be called by its own name. @param authority as `CONNECT` has it */
  forwardedName(authority: string): string | undefined {
    const target = absoluteTarget(`http://${authority}`);
    return target !== undefined && this.#admittance.forwards?.placesAt(target) ? target.name : undefined;
  }

  #admitted({ routes, callers, callerTokens = [], forwardsByName = false }: Service): Admittance {
    return {
      routes: new RouteTable(routes),
      callers,
      callerTokens,
      forwards: forwardsByName ? new ForwardNames(routes) : undefined,
      loopMark: this.#loopMark,
    };
  }

  /** Takes a request up. @returns who sends its answer, and tells log and metrics of it */
  #open({ method, head }: Asked, verdict: Admitted | ApiPassage, wire: Wire): Sender {
    this.#options.onOpened?.(head);
    head.cdnLoop = withMark(head.cdnLoop, this.#loopMark);
    this.#sequence = (this.#sequence + 1) % Number.MAX_SAFE_INTEGER;
    const id = new RequestId(this.#idPrefix, this.#sequence);
    const passage = verdict.kind === 'refused' ? verdict.passage : verdict;
    const route = passage?.route.id ?? '-';
    const target = passage === undefined ? '' : passage.below + passage.query;
    const exchange = new Exchange(
      { id, method, head, route, target, caller: passage?.caller?.name },
      this.#options,
    );
    return new Sender(exchange, wire, this.#options.now);
  }
}

/** A request as Node's server has read it. */
export const askedOf = ({
  method = '',
  url = '',
  rawHeaders,
}: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>): Asked => ({
  method,
  target: url,
  head: readRequestHead(rawHeaders),
  fields: rawHeaders,
});

import type { IncomingMessage } from 'node:http';
import type { EpochMs } from '../base/units.ts';
import { Exchange, type ExchangeEffects } from './answer/exchange.ts';
import type { ProblemName } from './answer/problem.ts';
import { Sender } from './answer/sender.ts';
import type { Wire } from './answer/wire.ts';
import { absoluteTarget } from './gate/absolute-form.ts';
import { clientAddress } from './gate/client-address.ts';
import {
  type Admittance,
  type ApiPassage,
  type Asked,
  admittanceOf,
  gate,
  type Service,
  type Verdict,
} from './gate/gate.ts';
import { loopMark, withMark } from './gate/loop.ts';
import { withoutCredentials } from './gate/query-credentials.ts';
import { type RequestHead, readRequestHead } from './gate/request-head.ts';
import type { FetchOutcome } from './reports/cool-down.ts';
import { type PrefetchFailure, prefetch, storedFreshUntil, type WantedReport } from './reports/prefetch.ts';
import { type Question, questionOf } from './reports/question.ts';
import { takeFromCaller, takeFromUpstream } from './reports/rate-limit.ts';
import { Reports } from './reports/reports.ts';

export interface GatewayOptions extends Pick<ExchangeEffects, 'elapsed' | 'onAnswered'> {
  readonly now: () => EpochMs;
  /** Called with the head of each request before it goes anywhere; it may put a `traceparent` of its own there. */
  readonly onOpened?: (head: RequestHead) => void;
  readonly onFetched: (outcome: FetchOutcome) => void;
  /** Tells this process's request ids from those of others that start at the same moment. */
  readonly instance?: string;
  /** Names this process to itself, should a request that it sends come back: 12 hexadecimal digits. */
  readonly loopId: string;
}

/** Answers requests, whoever has read them: gate, question, answer, sender. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #reports: Reports;
  readonly #effects: ExchangeEffects;
  #admittance: Admittance;
  #sequence = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { now, elapsed, onAnswered, instance = '' } = options;
    const idPrefix = now().toString(36) + instance;
    this.#effects = { idPrefix, elapsed, onAnswered, isCutting: false };
    this.#admittance = admittanceOf(NOTHING, loopMark(options.loopId));
    this.#reports = new Reports(options.now, options.onFetched);
  }

  /** Requests that come from now on are served so; those under way end as they began. */
  replace(service: Service): void {
    this.#admittance = admittanceOf(service, this.#admittance.loopMark);
  }

  get prefixes(): readonly string[] {
    return this.#admittance.prefixes;
  }

  get allowedHosts(): ReadonlySet<string> {
    return this.#admittance.allowedHosts;
  }

  /** How many requests it has taken up since the start. */
  get opened(): number {
    return this.#sequence;
  }

  judge(asked: Asked): Verdict {
    return gate(asked, this.#admittance);
  }

  /** Gives a request that was judged its answer; what is for an API is forwarded by others. */
  answer(asked: Asked, verdict: Exclude<Verdict, ApiPassage>, wire: Wire): void {
    // A report request has no use for a body: it is never read, so the connection ends with the answer.
    if (asked.head.hasBody) wire.closeAfter();
    const sender = this.#open(asked, verdict, wire);
    if (verdict.kind === 'report') sender.send(this.#reports.answer(questionOf(verdict, asked)));
    else sender.send({ kind: 'problem', problem: verdict.problem });
  }

  /** Both. @returns `false` if the request is for no report, and has not been touched */
  handle(asked: Asked, wire: Wire): boolean {
    const verdict = this.judge(asked);
    if (verdict.kind === 'elsewhere' || verdict.kind === 'api') return false;
    this.answer(asked, verdict, wire);
    return true;
  }

  /** Takes up a request to an API. @returns who sends its answer; `undefined` if it has been refused */
  openApi(asked: Asked, passage: ApiPassage, wire: Wire): Sender | undefined {
    const { route, caller } = passage;
    const sender = this.#open(asked, passage, wire);
    const now = this.#options.now();
    const refusal = takeFromCaller(caller, now) ?? takeFromUpstream(route, now);
    if (refusal === undefined) return sender;
    sender.send({ kind: 'problem', problem: { ...refusal, close: asked.head.hasBody } });
    return undefined;
  }

  /** Tells of an answer that nobody judged, or that none could be given. @returns its id */
  note(
    { status, name }: { status: number; name?: ProblemName | 'tls-failed' },
    asked: Partial<Asked>,
  ): string {
    const exchange = this.#take({ ...UNREAD, head: readRequestHead([]), ...asked }, undefined);
    exchange.status = status;
    exchange.problem = name;
    exchange.close(true);
    return String(exchange.id);
  }

  cutOff(): void {
    this.#effects.isCutting = true;
  }

  /** The host of a report API that may be called by its own name. @param authority as `CONNECT` has it */
  forwardedName(authority: string): string | undefined {
    const target = absoluteTarget(`http://${authority}`);
    return target !== undefined && this.#admittance.forwards?.placesAt(target) ? target.name : undefined;
  }

  freshUntil(wanted: WantedReport): EpochMs | undefined {
    const question = this.#wantedQuestion(wanted);
    return question && storedFreshUntil(question);
  }

  async prefetch(wanted: WantedReport): Promise<PrefetchFailure | undefined> {
    const question = this.#wantedQuestion(wanted);
    return question === undefined ? { reason: 'no-route' } : prefetch(question, this.#reports);
  }

  /** As if a caller asked whom nothing is asked of. */
  #wantedQuestion({ target, accept, host }: WantedReport): Question | undefined {
    const fields = [
      ...(accept === undefined ? [] : ['Accept', accept]),
      ...(host === undefined ? [] : ['Host', host]),
    ];
    const asked = { method: 'GET', target, head: readRequestHead(fields), fields, peer: undefined };
    const verdict = gate(asked, { ...this.#admittance, callerTokens: [] });
    if (verdict.kind !== 'report') return undefined;
    asked.head.cdnLoop = this.#admittance.loopMark;
    return questionOf(verdict, asked);
  }

  /** Takes a request up. @returns who sends its answer, and tells log and metrics of it */
  #open(asked: Asked, verdict: Verdict, wire: Wire): Sender {
    return new Sender(this.#take(asked, verdict), wire, this.#options.now);
  }

  #take({ method, target: raw, head, peer }: Asked, verdict: Verdict | undefined): Exchange {
    this.#options.onOpened?.(head);
    head.cdnLoop = withMark(head.cdnLoop, this.#admittance.loopMark);
    this.#sequence = (this.#sequence + 1) % Number.MAX_SAFE_INTEGER;
    const passage = verdict !== undefined && 'passage' in verdict ? verdict.passage : verdict;
    const route = passage?.route.id ?? '-';
    const target = passage === undefined ? withoutSecrets(raw, verdict?.kind) : passage.below + passage.query;
    const client = clientAddress(peer, head, this.#admittance.trustProxy);
    const caller = passage?.caller?.name;
    const sequence = this.#sequence;
    return new Exchange({ sequence, method, head, route, target, caller, client }, this.#effects);
  }
}

/** A target that is refused could be read in two ways: its secrets would not be found for certain. */
const withoutSecrets = (target: string, kind: Verdict['kind'] | undefined): string => {
  if (kind === 'refused') return '';
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark) + withoutCredentials(target.slice(mark));
};

const NOTHING: Service = { routes: [], allowedHosts: new Set(), callerTokens: [] };

const UNREAD = { method: '-', target: '', fields: [], peer: undefined } as const;

export const askedOf = ({
  method = '',
  url = '',
  rawHeaders,
  socket,
}: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'socket'>): Asked => {
  const head = readRequestHead(rawHeaders);
  return { method, target: url, head, fields: rawHeaders, peer: socket.remoteAddress };
};

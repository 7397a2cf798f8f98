import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answerHead, flatFields } from '../../upstream/flat-fields.ts';
import { PassingOn } from '../../upstream/passing-on.ts';
import { givenUp } from '../../upstream/upstream-error.ts';
import type { Problem } from '../answer/problem.ts';
import { DATA_ONLY, forCallerOnly, forwardableHeaders } from '../answer/response-headers.ts';
import type { Sender } from '../answer/sender.ts';
import type { ApiPassage, Asked } from '../gate/gate.ts';
import { mapLocations } from '../links/links.ts';
import { fetchProblem } from '../reports/fetch-problem.ts';
import { apiRequestFields } from './api-fields.ts';
import { requestBody } from './request-body.ts';

/** What a request for an API is, and who answers it. */
export interface ApiRequest {
  readonly asked: Asked;
  readonly passage: ApiPassage;
  /** Tells of the answer; sends a problem if there is none. */
  readonly sender: Sender;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One request on its way to an API. */
export class Forwarding {
  readonly #init: ApiRequest;
  readonly #leaving = new AbortController();
  #fields: readonly string[] = [];
  /** On the clock of the exchange's age. */
  #sentAt = 0;

  constructor(init: ApiRequest) {
    this.#init = init;
    const { response } = init;
    response.once('close', () => {
      if (!response.writableFinished) this.#leaving.abort(givenUp());
    });
  }

  /** Asks the API: with the caller's own bytes, the allowed fields, and a body at the pace of whoever is slower. */
  async send(): Promise<Dispatcher.ResponseData> {
    const { asked, passage, request, response } = this.#init;
    const { route, below, query } = passage;
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    const body = await requestBody(request, route.maxBodyBytes);
    return route.upstream.dispatcher.compose(this.#watched).request({
      method: asked.method as Dispatcher.HttpMethod,
      path: route.upstreamPrefix + below + query,
      headers: apiRequestFields(asked.fields, asked.head),
      body,
      signal: this.#leaving.signal,
    });
  }

  /** The fields of the answer that its caller gets, by name; lines of the same name side by side. */
  answerFields(): Record<string, string | string[]> {
    const { route, caller } = this.#init.passage;
    const fields = caller === undefined ? [...this.#fields] : forCallerOnly(this.#fields);
    mapLocations(fields, route.links);
    const byName = new Map<string, string[]>();
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const name = fields[i] ?? '';
      byName.set(name, [...(byName.get(name) ?? []), fields[i + 1] ?? '']);
    }
    return Object.fromEntries(byName);
  }

  /** There will be no answer of the API's. */
  fail(error: Error): void {
    const { sender, response } = this.#init;
    // Nobody is there to be told.
    if (this.#leaving.signal.aborted) return;
    if (response.headersSent) response.destroy();
    else sender.send({ kind: 'problem', problem: this.#problemOf(error) });
  }

  /** Notes what log and metrics tell of the answer. */
  readonly #watched: Dispatcher.DispatchInterceptor = (dispatch) => (options, handler) => {
    this.#sentAt = this.#init.sender.exchange.age;
    return dispatch(options, new WatchedAnswer(handler, this));
  };

  onHead(status: number, fields: readonly string[]): void {
    const { sender, passage } = this.#init;
    sender.exchange.upstreamMs = sender.exchange.age - this.#sentAt;
    sender.exchange.status = status;
    this.#fields = [
      ...forwardableHeaders(answerHead(status, fields), passage.route.answerHeaders),
      ...DATA_ONLY,
    ];
  }

  onBytes(bytes: number): void {
    this.#init.sender.exchange.bytes += bytes;
  }

  onTorn(error: Error): void {
    const { exchange } = this.#init.sender;
    if (this.#leaving.signal.aborted || exchange.status === 0) return;
    exchange.problem = this.#problemOf(error).name;
  }

  #problemOf(error: Error): Problem {
    return fetchProblem(error, this.#init.passage.route.upstream.origin);
  }
}

class WatchedAnswer extends PassingOn {
  readonly #watcher: Forwarding;

  constructor(next: Dispatcher.DispatchHandler, watcher: Forwarding) {
    super(next);
    this.#watcher = watcher;
  }

  override onResponseStart(...answer: Parameters<PassingOn['onResponseStart']>): void {
    const [controller, status] = answer;
    if (status >= 200) this.#watcher.onHead(status, flatFields(controller));
    super.onResponseStart(...answer);
  }

  override onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#watcher.onBytes(chunk.length);
    super.onResponseData(controller, chunk);
  }

  override onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#watcher.onTorn(error);
    super.onResponseError(controller, error);
  }
}

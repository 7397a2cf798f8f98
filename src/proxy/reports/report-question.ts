import type { ReportFormat } from '../../cache/adobe/negotiated-format.ts';
import {
  NO_REQUEST_DIRECTIVES,
  parseRequestDirectives,
  type RequestDirectives,
} from '../../cache/policy/cache-control.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import type { RequestHead } from '../gate/request-head.ts';
import type { Route } from '../gate/route.ts';
import type { AskedTarget } from '../gate/target-judge.ts';

/** What is asked for, whoever asks: everything that chooses an answer. */
export interface ReportQuestion {
  readonly route: Route;
  /** Path below the prefix, as forwarded. */
  readonly below: string;
  /** Query with its `?`, as forwarded. */
  readonly query: string;
  readonly head: RequestHead;
  readonly rawRequest: readonly string[];
  readonly format: ReportFormat;
  readonly key: string;
  /** Questions that share it may share an answer that is under way. */
  readonly flightKey: string;
  readonly directives: RequestDirectives;
}

export const reportQuestion = (
  target: AskedTarget,
  head: RequestHead,
  rawRequest: readonly string[],
): ReportQuestion => {
  const { route, below, query } = target;
  const { accept, cacheControl, pragma } = head;
  const { format, key } = target.variant(accept);
  return {
    route,
    below,
    query,
    head,
    rawRequest,
    format,
    key,
    flightKey: route.forwardHeaders.length === 0 ? key : key + forwardedValues(route, rawRequest),
    directives: directivesOf(cacheControl, pragma),
  };
};

const directivesOf = (cacheControl: string | undefined, pragma: string | undefined): RequestDirectives =>
  cacheControl === undefined && pragma === undefined
    ? NO_REQUEST_DIRECTIVES
    : parseRequestDirectives(cacheControl, pragma);

/** Requests that differ in what is forwarded of them do not share a flight. */
const forwardedValues = (route: Route, rawRequest: readonly string[]): string => {
  const lookup = rawHeaders(rawRequest);
  return JSON.stringify(['accept', ...route.forwardHeaders].map((name) => lookup(name) ?? null));
};

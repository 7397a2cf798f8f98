import { negotiatedFormat, type ReportFormat } from '../../cache/adobe/negotiated-format.ts';
import {
  NO_REQUEST_DIRECTIVES,
  parseRequestDirectives,
  type RequestDirectives,
} from '../../cache/policy/cache-control.ts';
import { cacheKey } from '../../cache/policy/cache-key.ts';
import { type CallerWishes, countingWishes } from '../../cache/policy/caller-wishes.ts';
import { rawHeaders } from '../../http/header-lookup.ts';
import type { Caller } from '../gate/caller-tokens.ts';
import type { Asked, Passage } from '../gate/gate.ts';
import type { RequestHead } from '../gate/request-head.ts';
import type { Route } from '../gate/route.ts';

/** A report as it is asked for, whoever asks: everything that chooses an answer. */
export interface Question {
  readonly route: Route;
  /** Path below the prefix, as forwarded. */
  readonly below: string;
  /** Query with its `?`, as forwarded. */
  readonly query: string;
  readonly head: RequestHead;
  /** The header as it came, flat. */
  readonly fields: readonly string[];
  readonly format: ReportFormat;
  /** Of the cache. */
  readonly key: string;
  /** Questions that share it may share an answer that is under way. */
  readonly flightKey: string;
  readonly directives: RequestDirectives;
  /** Who asks, where callers have tokens. */
  readonly caller: Caller | undefined;
}

export const questionOf = (
  { route, below, query, caller }: Passage,
  { head, fields }: Pick<Asked, 'head' | 'fields'>,
): Question => {
  const bare = query === '' ? undefined : query.slice(1);
  const format = route.kind === 'report' ? negotiatedFormat(below, bare ?? '', head.accept) : 'other';
  const key = cacheKey({ route: route.cacheId, path: below, query: bare, format });
  return {
    route,
    below,
    query,
    head,
    fields,
    format,
    key,
    flightKey: route.forwardHeaders.length === 0 ? key : key + forwardedValues(route, fields),
    directives: directivesOf(head, route.caching?.callerWishes ?? 'honour'),
    caller,
  };
};

const directivesOf = ({ cacheControl, pragma }: RequestHead, wishes: CallerWishes): RequestDirectives =>
  cacheControl === undefined && pragma === undefined
    ? NO_REQUEST_DIRECTIVES
    : countingWishes(parseRequestDirectives(cacheControl, pragma), wishes);

/** Requests that differ in what is forwarded of them do not share a flight. */
const forwardedValues = (route: Route, fields: readonly string[]): string => {
  const lookup = rawHeaders(fields);
  return JSON.stringify(['accept', ...route.forwardHeaders].map((name) => lookup(name) ?? null));
};

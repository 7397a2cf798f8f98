import { negotiatedFormat, type ReportFormat } from '../../cache/adobe/negotiated-format.ts';
import { hasShapeOf, hasTypeOf } from '../../cache/adobe/report-body.ts';
import {
  type CallerWishes,
  countingWishes,
  NO_REQUEST_DIRECTIVES,
  parseRequestDirectives,
  type RequestDirectives,
} from '../../cache/policy/cache-control.ts';
import { cacheKey } from '../../cache/policy/cache-key.ts';
import { type HeaderLookup, rawHeaders } from '../../http/fields.ts';
import type { Asked, Passage } from '../gate/gate.ts';
import type { RequestHead } from '../gate/request-head.ts';
import type { Route } from '../gate/route.ts';

/** A report as it is asked for, whoever asks: everything that chooses an answer. */
export interface Question extends Omit<Passage, 'kind'>, Pick<Asked, 'head' | 'fields'> {
  /** The header by name, for `Vary`. */
  readonly request: HeaderLookup;
  readonly format: ReportFormat;
  readonly key: string;
  /** Questions that share it may share an answer that is under way. */
  readonly flightKey: string;
  readonly directives: RequestDirectives;
}

export const questionOf = (
  { route, below, query, caller }: Passage,
  { head, fields }: Pick<Asked, 'head' | 'fields'>,
): Question => {
  const format = negotiatedFormat(below, query.slice(1), head.accept);
  const request = rawHeaders(fields);
  const key = cacheKey(route.cacheId, below, query, format);
  return {
    route,
    below,
    query,
    head,
    fields,
    request,
    format,
    key,
    flightKey: route.forwardHeaders.length === 0 ? key : key + forwardedValues(route, request),
    directives: directivesOf(head, route.caching?.callerWishes ?? 'honour'),
    caller,
  };
};

const directivesOf = ({ cacheControl, pragma }: RequestHead, wishes: CallerWishes): RequestDirectives =>
  cacheControl === undefined && pragma === undefined
    ? NO_REQUEST_DIRECTIVES
    : countingWishes(parseRequestDirectives(cacheControl, pragma), wishes);

/** Requests that differ in what is forwarded of them do not share a flight. */
const forwardedValues = ({ forwardHeaders }: Route, request: HeaderLookup): string =>
  JSON.stringify(['accept', ...forwardHeaders].map((name) => request(name) ?? null));

/** Whether answers are held to the format that was asked for. Where they are believed, what they are is theirs to say. */
const isHeld = ({ route }: Question): boolean => route.caching?.policy === 'schedule';

export const hasWantedType = (question: Question, contentType: string | undefined): boolean =>
  !isHeld(question) || hasTypeOf(question.format, contentType);

export const hasWantedShape = (question: Question, sample: Buffer): boolean =>
  !isHeld(question) || hasShapeOf(question.format, sample);

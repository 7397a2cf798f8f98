import { epochMs } from '../../src/base/units.ts';
import { freshnessOf, parseReportDate } from '../../src/cache/adobe/freshness.ts';
import { negotiatedFormat } from '../../src/cache/adobe/negotiated-format.ts';
import {
  parseRequestDirectives,
  parseResponseDirectives,
  parseTargetedDirectives,
} from '../../src/cache/policy/cache-control.ts';
import { cacheKey } from '../../src/cache/policy/cache-key.ts';
import { parseAge } from '../../src/cache/policy/freshness-lifetime.ts';
import { varyFieldsOf } from '../../src/cache/policy/vary.ts';
import { decideRange } from '../../src/http/byte-range.ts';
import { parseHttpDate } from '../../src/http/http-date.ts';
import { pauseAskedFor } from '../../src/http/retry-after.ts';
import { parseTraceparent } from '../../src/http/traceparent.ts';
import { matchesIfNoneMatch } from '../../src/http/validators.ts';
import { acceptsGzip } from '../../src/proxy/answer/encoding.ts';
import { forwardableHeaders, withVary } from '../../src/proxy/answer/response-headers.ts';
import { refusalOf } from '../../src/proxy/gate/caller-policy.ts';
import { withoutCredentials } from '../../src/proxy/gate/query-credentials.ts';
import { readRequestHead } from '../../src/proxy/gate/request-head.ts';
import { RouteTable } from '../../src/proxy/gate/route-table.ts';
import { judgeTarget } from '../../src/proxy/gate/target.ts';
import { linkSyntaxOf, mapLink, mapLinksIn } from '../../src/proxy/links/links.ts';
import { answerHead } from '../../src/upstream/flat-fields.ts';
import { faultOf } from '../../src/upstream/strict-answers.ts';
import { FRESHNESS_RULES } from './freshness-rules.ts';

const NOW = epochMs(Date.UTC(2024, 0, 1));
const MAPPING = { origin: 'https://api.test', linkPrefixes: ['/v2'], prefix: '/cmu/v2' };
const ROUTES = new RouteTable([{ prefix: '/cmu/v2', hosts: [] }]);
const NOBODY = new Set<string>();

/** Everything that reads a text of a caller or of an upstream. None may throw, or take long. */
export const READERS: Readonly<Record<string, (text: string) => void>> = {
  'the target': (text) => void judgeTarget(`/cmu/v2/${text}`, ROUTES),
  'a whole target': (text) => void judgeTarget(text, ROUTES),
  'the query': (text) => void withoutCredentials(`?${text}`),
  'a query of many': (text) => void withoutCredentials(`?%${text}`),
  Host: (text) => void refusalOf(readRequestHead(['Host', text]), NOBODY),
  Origin: (text) => void refusalOf(readRequestHead(['Host', 'localhost', 'Origin', text]), NOBODY),
  'the name of a field': (text) => void readRequestHead([text, 'x', 'Host', 'localhost']),
  'Accept-Encoding': (text) => void acceptsGzip(text),
  'Accept-Encoding with a weight': (text) => void acceptsGzip(`${text};q=1`),
  Accept: (text) => void negotiatedFormat('/year', '', text),
  'the format in a path': (text) => void negotiatedFormat(`/year.${text}`, '', undefined),
  'the format in a query': (text) => void negotiatedFormat('/year', `format=${text}&${text}`, undefined),
  'Cache-Control of a request': (text) => void parseRequestDirectives(text, text),
  'Cache-Control of an answer': (text) => void parseResponseDirectives(text),
  'CDN-Cache-Control': (text) => void parseTargetedDirectives(text),
  'If-None-Match': (text) => void matchesIfNoneMatch(text, '"x"'),
  Range: (text) =>
    void decideRange(
      { range: text, ifRange: undefined },
      { size: 100, etag: '"x"', lastModified: undefined },
    ),
  'Range of bytes': (text) =>
    void decideRange(
      { range: `bytes=${text}`, ifRange: text },
      { size: 100, etag: '"x"', lastModified: text },
    ),
  traceparent: (text) => void parseTraceparent(text),
  'a cache key': (text) => void cacheKey(text, text, `?${text}&${text}=1&a=`, 'json'),
  freshness: (text) => void freshnessOf(`/year/${text}`, `start=${text}&end=${text}`, FRESHNESS_RULES, NOW),
  'a date': (text) => void parseHttpDate(text, NOW),
  'a date of a report': (text) => void parseReportDate(text),
  Age: (text) => void parseAge(text),
  Vary: (text) => void varyFieldsOf(text),
  'Vary that is added to': (text) => void withVary(['Vary', text], 'Accept'),
  Connection: (text) =>
    void forwardableHeaders(
      { headers: ['Connection', text, text, 'x'], lowerNames: ['connection', text.toLowerCase()] },
      NOBODY,
    ),
  'Retry-After': (text) => void pauseAskedFor(429, () => text, NOW),
  'Content-Type': (text) => void linkSyntaxOf(text),
  Location: (text) => void mapLink(text, MAPPING),
  'links in JSON': (text) => void mapLinksIn(`{"href":"${text}"}`, 'json', MAPPING),
  'links in XML': (text) => void mapLinksIn(`<a href="${text}">`, 'xml', MAPPING),
  'a field of an answer': (text) =>
    void faultOf(answerHead(200, [text, text, 'Content-Encoding', text]), () => text),
};

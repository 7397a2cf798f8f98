import { CMU_DIMENSIONS, granularityOf, isTimeDimension } from '../reports/cube/dimensions.ts';
import { METRIC_SETS } from '../reports/cube/metrics.ts';
import { cmuTree, type TreeNode } from '../reports/cube/tree.ts';
import { DEFAULT_LIMIT } from '../reports/query/query.ts';
import { FORMATS } from '../representations/negotiate.ts';
import { type Json, LEVELS, ref, SCHEMAS } from './schemas.ts';

interface JsonObject {
  readonly [key: string]: Json;
}

const plain = (description: string): JsonObject => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
});

const textBody: Json = { schema: { type: 'string' } };

const reportResponse = (schema: string): JsonObject => ({
  description: 'The report, in the form that was asked for.',
  headers: {
    'Last-Modified': { schema: { type: 'string' }, description: 'Says nothing about the report.' },
  },
  content: {
    'application/json': { schema: ref('schemas', schema) },
    'application/xml': textBody,
    'text/csv': textBody,
    'text/html': textBody,
  },
});

const RESPONSES: JsonObject = {
  SessionsReport: reportResponse('SessionsReport'),
  UsersReport: reportResponse('UsersReport'),
  BadRequest: plain(
    'What is wrong with the request: a date, an unknown dimension or metric, or too much data asked.',
  ),
  Unauthorized: {
    ...plain('The token is missing, unknown, revoked or expired.'),
    headers: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  },
  Forbidden: plain('The token is valid, but this data is not for it.'),
  NotAcceptable: plain('The format that is asked for does not exist.'),
  OAuthError: {
    description:
      'An OAuth error. `invalid_software_statement` and `unapproved_software_statement` do not heal by retrying.',
    content: { 'application/json': { schema: ref('schemas', 'OAuthError') } },
  },
  Throttled: {
    description:
      'Over one request a second. HTML from an edge server, with a cookie and without Retry-After.',
    headers: { 'Set-Cookie': { schema: { type: 'string' } } },
    content: { 'text/html': { schema: { type: 'string' } } },
  },
};

const query = (name: string, description: string, schema: Json, more: JsonObject = {}): JsonObject => ({
  name,
  in: 'query',
  description,
  schema,
  ...more,
});

const filter = (dimension: string): JsonObject =>
  query(
    dimension,
    `Only rows with this ${dimension}; repeated: with any of these. Without a value: adds the dimension to the report. \`${dimension}!=value\`, which OpenAPI cannot describe, leaves rows out.`,
    { type: 'array', items: { type: 'string' } },
    { style: 'form', explode: true, allowEmptyValue: true },
  );

const PARAMETERS: JsonObject = {
  start: query(
    'start',
    'First instant: ISO 8601 in UTC, of which a prefix is enough. The default depends on the granularity.',
    {
      type: 'string',
    },
  ),
  end: query('end', 'First instant after the range. Default: now.', { type: 'string' }),
  limit: query('limit', 'Most rows that come back.', { type: 'integer', minimum: 1, default: DEFAULT_LIMIT }),
  metrics: query(
    'metrics',
    'Metrics that come back, separated by commas or repeated. Default: those of the path.',
    { type: 'array', items: { type: 'string' } },
    { style: 'form', explode: false },
  ),
  format: query('format', 'Weaker than an extension of the path (`.csv`), stronger than Accept.', {
    type: 'string',
    enum: FORMATS,
  }),
  ...Object.fromEntries([...CMU_DIMENSIONS, ...LEVELS].map((name) => [name, filter(name)])),
  deviceInfo: {
    name: 'X-Device-Info',
    in: 'header',
    required: true,
    description: 'Base64 of a JSON object that describes the device.',
    schema: { type: 'string' },
  },
};

function operation(node: TreeNode): JsonObject {
  const { dimensions } = node;
  const granularity = granularityOf(dimensions);
  const filters = [...node.reachable].filter((name) => !isTimeDimension(name)).sort();
  const names = [
    ...(granularity === undefined ? [] : ['start', 'end']),
    'limit',
    'metrics',
    'format',
    ...filters,
  ];
  return {
    operationId: ['report', ...dimensions].join('_').replaceAll('-', '_'),
    summary: dimensions.length === 0 ? 'Everything in one record' : `By ${dimensions.join(', ')}`,
    description: `Metrics: ${node.metrics.join(', ')}.`,
    tags: ['CMU'],
    security: [{ bearer: [] }, { accessToken: [] }],
    parameters: names.map((name) => ref('parameters', name)),
    responses: {
      200: ref('responses', node.metrics === METRIC_SETS.users ? 'UsersReport' : 'SessionsReport'),
      400: ref('responses', 'BadRequest'),
      401: ref('responses', 'Unauthorized'),
      403: ref('responses', 'Forbidden'),
      406: ref('responses', 'NotAcceptable'),
    },
  };
}

const dcr = (summary: string, operationId: string, more: JsonObject): JsonObject => ({
  post: { summary, operationId, tags: ['DCR'], parameters: [ref('parameters', 'deviceInfo')], ...more },
});

const json = (schema: string): JsonObject => ({ 'application/json': { schema: ref('schemas', schema) } });

const DCR_PATHS: JsonObject = {
  '/o/client/register': dcr('Register a client with a software statement', 'register', {
    requestBody: { required: true, content: json('RegistrationRequest') },
    responses: {
      201: { description: 'Credentials, to be kept.', content: json('Registration') },
      400: ref('responses', 'OAuthError'),
      429: ref('responses', 'Throttled'),
    },
  }),
  '/o/client/token': dcr('Get an access token', 'token', {
    description: 'The older procedure sends the same parameters in the query, with an empty body.',
    requestBody: {
      content: { 'application/x-www-form-urlencoded': { schema: ref('schemas', 'TokenRequest') } },
    },
    responses: {
      200: { description: 'As RFC 6749 has it.', content: json('Token') },
      201: { description: 'As Adobe sends it.', content: json('Token') },
      400: ref('responses', 'OAuthError'),
      429: ref('responses', 'Throttled'),
    },
  }),
};

function reportPaths(node: TreeNode): [string, JsonObject][] {
  return [
    [['/cmu/v2', ...node.dimensions].join('/'), { get: operation(node) }],
    ...[...node.children.values()].flatMap(reportPaths),
  ];
}

/** The OpenAPI 3.1 description of what the sandbox serves; `docs/openapi.json` is this, checked by a test. */
export function openApiDocument(): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Adobe Pass DCR and CMU, as the cmu-proxy sandbox serves them',
      version: '2.0.0',
      summary: 'Dynamic client registration and concurrency monitoring usage reports.',
      description:
        'Described from public documentation and served by `cmu-proxy sandbox`. Minute reports, off by default, and paths that no page names are left out.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8090', description: 'The sandbox.' }],
    tags: [
      { name: 'DCR', description: 'Registration and tokens.' },
      { name: 'CMU', description: 'Reports.' },
    ],
    paths: {
      ...DCR_PATHS,
      ...Object.fromEntries(reportPaths(cmuTree({ minuteReports: false, unpublished: false }))),
    },
    components: {
      schemas: SCHEMAS,
      parameters: PARAMETERS,
      responses: RESPONSES,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        accessToken: { type: 'apiKey', in: 'query', name: 'access_token' },
      },
    },
  };
}

import { CMU_DIMENSIONS, TIME_DIMENSIONS } from '../reports/cube/dimensions.ts';
import { CMU_METRICS, METRIC_SETS, type Metric } from '../reports/cube/metrics.ts';

/** The histograms that are published. */
export const LEVELS = ['concurrency-level', 'activity-level'] as const;

/** A JSON Schema or a part of an OpenAPI document. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

export const ref = (section: 'schemas' | 'parameters' | 'responses', name: string) => ({
  $ref: `#/components/${section}/${name}`,
});

const text = (description: string, more: { readonly [key: string]: Json } = {}) => ({
  type: 'string',
  description,
  ...more,
});
const properties = (names: readonly string[], value: Json) =>
  Object.fromEntries(names.map((name) => [name, value]));

function record(description: string, metrics: readonly Metric[], dimensions: readonly string[]): Json {
  return {
    type: 'object',
    description,
    properties: {
      ...properties(TIME_DIMENSIONS, ref('schemas', 'TimeValue')),
      ...properties(dimensions, ref('schemas', 'DimensionValue')),
      ...properties(metrics, ref('schemas', 'Count')),
    },
    additionalProperties: false,
  };
}

const report = (description: string, items: Json): Json => ({
  type: 'object',
  description,
  properties: { _links: ref('schemas', 'Links'), report: { type: 'array', items } },
  required: ['_links', 'report'],
  additionalProperties: false,
});

const ERROR_CODES = [
  'invalid_request',
  'invalid_redirect_uri',
  'invalid_software_statement',
  'unapproved_software_statement',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
];

/** The schemas of everything that goes over the wire. */
export const SCHEMAS: Readonly<Record<string, Json>> = {
  Count: text('A count, as a text.', { pattern: '^\\d+$' }),
  TimeValue: text('A part of a date in UTC, without leading zeros.', { pattern: '^(0|[1-9]\\d{0,3})$' }),
  DimensionValue: text('A value of a dimension.'),
  Link: {
    type: 'object',
    properties: {
      href: text('A path without a query: append your own.', { pattern: '^/(cmu/v2|esm/v3)(/[a-z-]+)*$' }),
      name: text('The dimension that the path ends in. Not in the documentation.'),
    },
    required: ['href'],
    additionalProperties: false,
  },
  Links: {
    type: 'object',
    properties: {
      self: {
        type: 'object',
        properties: { href: text('Path and query with everything that was implied.') },
        required: ['href'],
        additionalProperties: false,
      },
      'roll-up': ref('schemas', 'Link'),
      'drill-down': {
        description: 'An object where there is one link, an array where there are several.',
        oneOf: [ref('schemas', 'Link'), { type: 'array', items: ref('schemas', 'Link'), minItems: 2 }],
      },
    },
    required: ['self'],
    additionalProperties: false,
  },
  SessionsRecord: record(
    'The dimensions of the path and those that were added, and the metrics of the path or those that were asked for.',
    CMU_METRICS,
    CMU_DIMENSIONS,
  ),
  UsersRecord: record('Users by the level that they reached.', METRIC_SETS.users, [
    ...LEVELS,
    'tenant',
    'mvpd',
  ]),
  SessionsReport: report('Session counts, or users if a histogram was asked for.', {
    anyOf: [ref('schemas', 'SessionsRecord'), ref('schemas', 'UsersRecord')],
  }),
  UsersReport: report('A histogram.', ref('schemas', 'UsersRecord')),
  RegistrationRequest: {
    type: 'object',
    properties: {
      software_statement: text('The JWT of the .txt file from the TVE Dashboard.'),
      redirect_uri: text('A URL; apps have schemes of their own.', { format: 'uri' }),
    },
    required: ['software_statement'],
  },
  Registration: {
    type: 'object',
    properties: {
      client_id: text('To be stored and used from now on.'),
      client_secret: text('To be stored and used from now on.'),
      grant_types: { type: 'array', items: { type: 'string', const: 'client_credentials' } },
      redirect_uris: { type: 'array', items: { type: 'string', format: 'uri' } },
      scopes: { type: 'array', items: { type: 'string' } },
      client_id_issued_at: {
        type: 'integer',
        description: 'Since 1970, in milliseconds or in seconds: both are seen.',
      },
      client_secret_expires_at: {
        type: 'integer',
        description: 'RFC 7591: seconds since 1970. Absent: never.',
      },
    },
    required: ['client_id', 'client_secret', 'grant_types', 'scopes', 'client_id_issued_at'],
    additionalProperties: false,
  },
  TokenRequest: {
    type: 'object',
    properties: {
      grant_type: { type: 'string', const: 'client_credentials' },
      client_id: { type: 'string' },
      client_secret: { type: 'string' },
    },
    required: ['grant_type', 'client_id', 'client_secret'],
  },
  Token: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      access_token: text('A JWT or an opaque text.', { pattern: '^[A-Za-z0-9._~+/-]+=*$' }),
      created_at: {
        type: 'integer',
        description: 'Since 1970, in milliseconds or in seconds: both are seen.',
      },
      expires_in: { type: 'integer', description: 'Seconds.', minimum: 1 },
      token_type: { type: 'string', const: 'bearer' },
    },
    required: ['id', 'access_token', 'created_at', 'expires_in', 'token_type'],
    additionalProperties: false,
  },
  OAuthError: {
    type: 'object',
    properties: {
      error: { type: 'string', enum: ERROR_CODES },
      error_description: text('What is wrong; Adobe sends the code alone.'),
    },
    required: ['error'],
    additionalProperties: false,
  },
};

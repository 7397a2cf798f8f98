import Type from 'typebox';
import { dcr, upstream } from './adobe-settings.ts';
import { freshness } from './cache-settings.ts';
import * as kind from './kinds.ts';
import { HOST_NAME } from './kinds.ts';

const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

/** Each has a statement, and with it a registration, a token and a state of its own. */
export const clients = kind.entries(
  'Clients of Adobe, where there is more than one software statement (a brand, an environment). They take the place of `softwareStatement`. What a client leaves out is as in the section `dcr`.',
  'clients, each with name and statementFile or statement',
  {
    name: kind.entryName('Names the client: to routes, in logs and metrics, and in the state folder.'),
    statement: kind.secret('The software statement itself. Prefer `statementFile`.'),
    statementFile: kind.file('File that holds the software statement. It is watched.'),
    dcr: kind.section('As the section `dcr`, for this client.', dcr, { inherits: 'dcr' }),
  },
);

export const routes = kind.entries(
  'What is served where: a path prefix, host names, or both, each with a report API and a client. The longest prefix wins; routes with hosts go before those without. What a route leaves out is as in `listen.prefix` and in the sections `upstream` and `cache`.',
  'routes, each with a name',
  {
    name: kind.entryName('Names the route: in logs and metrics.'),
    prefix: kind.prefix('Path prefix under which the route is served.', '/cmu/v2', {
      inherits: 'listen.prefix',
    }),
    hosts: kind.texts(
      'Names in `Host` that the route is served under, without port; empty: any. They need not be in `listen.allowedHosts` as well.',
      { pattern: HOST_NAME },
    ),
    kind: kind.choice(
      '`report`: a report API; reports are read, stored and shared. `api`: another API of Adobe that takes the same token; requests of all `methods` are forwarded with their bodies, and nothing is stored.',
      ['report', 'api'],
    ),
    methods: Type.Array(Type.Enum(METHODS), {
      description: 'Methods that a route of kind `api` forwards.',
      expects: 'a list of methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      default: [...METHODS],
    }),
    client: kind.text('Name of the client whose token is sent. Not needed where there is only one.', ''),
    upstream: kind.section('As the section `upstream`, for this route.', upstream, { inherits: 'upstream' }),
    cache: kind.section(
      '`enabled: false` stores nothing of this route. `schedule`, `aliases` and lifetimes as in the section `cache`, for this route.',
      {
        enabled: kind.flag('Store reports of this route.', true),
        ...freshness,
      },
      { inherits: 'cache' },
    ),
  },
);

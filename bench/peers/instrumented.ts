import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cmuProxyPeers } from './cmu-proxy.ts';
import type { Peer } from './peer.ts';

/** Lets a process count nothing: run before the program, which then finds these methods emptied. */
const countNothing = (root: string): string => {
  const traffic = pathToFileURL(join(root, 'src', 'admin', 'metrics', 'traffic.ts'));
  const program = `import { Traffic } from '${traffic}';
    Traffic.prototype.answered = () => {};
    Traffic.prototype.fetched = () => {};`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
};

interface Instrumentation {
  readonly name: string;
  readonly setUp: string;
  readonly nodeOptions?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const SILENT = { CMU_PROXY_LOG_LEVEL: 'warn' };

/** The variant that all others are compared with; each has what the one before it has. */
const NOTHING = 'nothing';

function variants(root: string, tracesPort: number): readonly Instrumentation[] {
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${tracesPort}` };
  return [
    {
      name: NOTHING,
      setUp: 'no counting, log level warn',
      nodeOptions: ['--import', countNothing(root)],
      env: SILENT,
    },
    { name: 'metrics', setUp: 'metrics as always', env: SILENT },
    { name: 'metrics and access log', setUp: 'the default: a line a request, to /dev/null', env: {} },
    {
      name: 'traces of 1 % too',
      setUp: 'spans of every hundredth request, to a collector that takes all',
      env: { ...traced, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' },
    },
    {
      name: 'traces of all too',
      setUp: 'spans of every request',
      env: { ...traced, OTEL_TRACES_SAMPLER: 'always_on' },
    },
  ];
}

/** A question to the forwarding or the caching set-up, and the server that the others are compared with there. */
export const referenceOf = (ability: 'pass' | 'cache'): string => peerName(ability, NOTHING);

const peerName = (ability: 'pass' | 'cache', variant: string): string =>
  ability === 'cache' ? `${variant}; cache on` : variant;

/**
 * The program of the checkout at `root`, from its sources, with less and more of what tells about its work. The stand-in for DCR plays
 * the collector of traces: it answers 201 to whatever it is sent.
 */
export function instrumentedPeers(root: string): readonly Peer[] {
  const { forwarding, caching } = cmuProxyPeers(root);
  const main = join(root, 'src', 'main.ts');
  const peersOf = (ability: 'pass' | 'cache', base: Peer): Peer[] =>
    variants(root, 0).map(({ name, setUp }, index) => ({
      name: peerName(ability, name),
      abilities: [ability],
      setUp,
      version: () => base.version(),
      prepare(context) {
        const { nodeOptions = [], env = {} } = variants(root, context.dcrPort)[index] ?? {};
        const command = base.prepare(context);
        return {
          ...command,
          // The shell becomes node (exec): its process is the server's.
          command: 'sh',
          args: ['-c', 'exec "$0" "$@" >/dev/null', process.execPath, ...nodeOptions, main, 'serve'],
          env: { ...command.env, ...env },
        };
      },
    }));
  return [...peersOf('pass', forwarding), ...peersOf('cache', caching)];
}

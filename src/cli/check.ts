import { systemEffects } from '../base/effects.ts';
import { type LoadResult, loadConfig } from '../config/loading/load.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import type { Config } from '../config/settings/schema.ts';
import {
  type ClientConfig,
  clientsInUse,
  clientsOf,
  type RouteConfig,
  routesOf,
} from '../config/settings/topology.ts';
import {
  asDcrError,
  DcrError,
  type DcrEvent,
  type SealingKeys,
  type SoftwareStatement,
  StateLockedError,
} from '../oauth/index.ts';
import { createDcrBudgets, type DcrBudgets } from '../service/dcr-budgets.ts';
import { CertificateError, readCertificates } from '../service/inputs/certificates.ts';
import { sameStatements } from '../service/inputs/inputs.ts';
import { readRedisTls } from '../service/inputs/redis-tls.ts';
import { readSealingKeys, StateKeyError } from '../service/inputs/sealing.ts';
import { readTlsIdentity } from '../service/inputs/tls-identity.ts';
import { type FleetInputs, type OpenedFleet, openFleet } from '../service/open-fleet.ts';
import { openState } from '../service/open-state.ts';
import { type OpenedTokens, openTokens } from '../service/open-tokens.ts';
import { wayTo } from '../upstream/tunnel.ts';
import { checkCredentials, checkStatement, isAboutStatement, stateFinding } from './check/client-check.ts';
import { formatFinding, type Say, sayOf } from './check/finding.ts';
import { checkReport } from './check/report-check.ts';
import { probeUrl, reportProbe } from './check/report-probe.ts';
import { type Command, type CommandContext, configOption, type ExitCode } from './command.ts';

/** Walks the way of a report step by step, and says at each what it found and what to do. Operators run it first. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Try the configuration against Adobe step by step, and say what to do about what fails.',
  options: configOption,
  run: check,
};

async function check({ options, env, stdout, stopping }: CommandContext): Promise<ExitCode> {
  const say: Say = (finding) => stdout.write(formatFinding(finding, stdout));
  const { config: file } = options;
  const loaded = await loadConfig({ file: typeof file === 'string' ? file : undefined, env });
  const config = checkConfiguration(loaded, say);
  if (config === undefined) return 2;
  const used = clientsInUse(config);
  const clients = clientsOf(config).filter(({ name }) => used.has(name));
  const routes = routesOf(config);
  const sayAbout = (client: ClientConfig): Say => (clients.length > 1 ? sayOf(client.name, say) : say);

  const statements = new Map<ClientConfig, SoftwareStatement>();
  for (const client of clients) {
    const statement = await checkStatement(client, sayAbout(client));
    if (statement !== undefined) statements.set(client, statement);
  }
  const same = sameStatements(
    Array.from(statements, ([client, statement]) => ({ config: client, statement })),
  );
  for (const mistake of same) {
    say({ step: 'Software statement', outcome: 'failed', text: formatMistake(mistake) });
  }
  const files = await checkFiles(config, say);
  if (files === undefined || same.length > 0 || statements.size < clients.length) return 2;

  await using resources = new AsyncDisposableStack();
  const fleet = await openFleet(config, files, systemEffects);
  resources.defer(() => fleet?.close());
  const budgets = createDcrBudgets(systemEffects, fleet);
  const context = { config, budgets, fleet, sealing: files.sealing, stopping };
  let worst: ExitCode = 0;
  // Each for itself: what is wrong with one says nothing about the others.
  for (const [client, statement] of statements) {
    const own = routes.filter((route) => route.client === client.name);
    const outcome = await checkClient(context, client, statement, own, sayAbout(client));
    if (outcome > worst) worst = outcome;
  }
  if (worst === 0) stdout.write('\nAll is well: `cmu-proxy serve` will work with this configuration.\n');
  return worst;
}

function checkConfiguration(loaded: LoadResult, say: Say): Config | undefined {
  const step = 'Configuration';
  if ('mistakes' in loaded) {
    for (const mistake of loaded.mistakes) say({ step, outcome: 'failed', text: formatMistake(mistake) });
    return undefined;
  }
  const { config, warnings } = loaded;
  const origins = (urls: readonly string[]): string => [...new Set(urls)].join(', ');
  const servers = origins(clientsOf(config).map(({ dcr }) => wayTo(dcr.url.href, dcr.proxy)));
  const apis = origins(routesOf(config).map(({ upstream }) => wayTo(upstream.url.origin, upstream.proxy)));
  say({ step, outcome: 'ok', text: `DCR at ${servers}, reports at ${apis}` });
  for (const { key, message } of warnings)
    say({ step, outcome: 'worth knowing', text: `${key}: ${message}` });
  return config;
}

/** Reads what else the configuration names: certificates and keys. @returns what a fleet needs of them */
async function checkFiles(config: Config, say: Say): Promise<FleetInputs | undefined> {
  try {
    for (const { dcr } of clientsOf(config)) await readCertificates(dcr.caFile);
    for (const { upstream } of routesOf(config)) await readCertificates(upstream.caFile);
    await readTlsIdentity(config.listen.tls);
    return { sealing: await readSealingKeys(config.state), redisTls: await readRedisTls(config.redis) };
  } catch (error) {
    if (!(error instanceof CertificateError || error instanceof StateKeyError)) throw error;
    say({ step: 'Configuration', outcome: 'failed', text: error.message, advice: error.advice });
    return undefined;
  }
}

interface CheckContext {
  readonly config: Config;
  readonly budgets: DcrBudgets;
  readonly fleet: OpenedFleet | undefined;
  readonly sealing: SealingKeys | undefined;
  readonly stopping: AbortSignal;
}

async function checkClient(
  { config, budgets, fleet, sealing, stopping }: CheckContext,
  client: ClientConfig,
  statement: SoftwareStatement,
  routes: readonly RouteConfig[],
  say: Say,
): Promise<ExitCode> {
  const store = await openState(client.name, config.state, sealing, systemEffects).catch((error: unknown) => {
    if (error instanceof StateLockedError) return error;
    throw error;
  });
  if (store instanceof StateLockedError) {
    say({ step: 'State folder', outcome: 'failed', text: store.message, advice: store.advice });
    return 2;
  }
  const events: DcrEvent[] = [];
  const opened = openTokens({
    dcr: client.dcr,
    statement,
    ca: await readCertificates(client.dcr.caFile),
    store: store.store,
    budget: budgets(client.dcr.url),
    fleet,
    effects: systemEffects,
    onEvent: (event) => events.push(event),
  });
  try {
    say(stateFinding(config, store));
    const token = await checkCredentials(opened, store, events, stopping, say);
    if (token instanceof DcrError) return isAboutStatement(token) ? 2 : 1;
    return await checkRoutes(routes, opened, stopping, say);
  } finally {
    await opened.close();
  }
}

async function checkRoutes(
  routes: readonly RouteConfig[],
  { tokens }: OpenedTokens,
  stopping: AbortSignal,
  say: Say,
): Promise<ExitCode> {
  let worst: ExitCode = 0;
  for (const { name, upstream } of routes) {
    const probe = reportProbe(upstream, await readCertificates(upstream.caFile), stopping);
    const sayOfRoute = routes.length > 1 ? sayOf(name, say) : say;
    const token = await tokens.token({ signal: stopping }).catch(asDcrError);
    if (token instanceof DcrError) {
      sayOfRoute({ step: 'Report', outcome: 'failed', text: token.message, advice: token.advice });
      if (isAboutStatement(token)) worst = 2;
      else worst ||= 1;
    } else if (!(await checkReport(probeUrl(upstream), probe, tokens, token, sayOfRoute))) {
      worst ||= 1;
    }
  }
  return worst;
}

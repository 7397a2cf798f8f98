import { setTimeout } from 'node:timers/promises';
import { systemEffects } from '../base/effects.ts';
import { KnownSecrets } from '../base/known-secrets.ts';
import { Resources } from '../base/resources.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import { clientsOf, routesOf } from '../config/settings/topology.ts';
import { DcrError, type DcrEvent, StateLockedError } from '../oauth/index.ts';
import { createDcrBudgets, openFleet } from '../service/fleet.ts';
import { ConfigSource } from '../service/inputs/config-source.ts';
import type { ClientInput } from '../service/inputs/inputs.ts';
import { RunningClient } from '../service/running/running-client.ts';
import { openState } from '../service/running/running-service.ts';
import { wayTo } from '../upstream/tunnel.ts';
import {
  type CheckMeans,
  type ClientCheck,
  checkCredentials,
  checkOtherDcrServers,
  KNOWN_PLACES,
  patienceOf,
  stateFinding,
  statementFinding,
} from './check/client-check.ts';
import {
  exitCodeOf,
  type Finding,
  failed,
  formatFinding,
  ok,
  type Say,
  sayOf,
  worthKnowing,
} from './check/finding.ts';
import { checkReport } from './check/report-check.ts';
import {
  type Command,
  type CommandContext,
  configFileOf,
  configOption,
  type ExitCode,
  typeable,
} from './command.ts';

/** Walks the way of a report step by step, and says at each what it found and what to do. Operators run it first. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Try the configuration against Adobe step by step, and say what to do about what fails.',
  options: {
    ...configOption,
    json: {
      type: 'boolean',
      description: 'Print one JSON object: `exitCode`, and `findings` in their order.',
    },
  },
  run: (context) => runCheck(context, { effects: systemEffects, wait, places: KNOWN_PLACES }),
};

const wait: CheckMeans['wait'] = (time, signal) => setTimeout(time, undefined, { signal }).catch(() => {});

export async function runCheck(context: CommandContext, means: CheckMeans): Promise<ExitCode> {
  const { options, stdout } = context;
  const findings: Finding[] = [];
  let exitCode: ExitCode = 0;
  const say: Say = (finding) => {
    const { text, advice, needsStatement: _, ...more } = finding;
    const told = { ...more, text: typeable(text), ...(advice && { advice: typeable(advice) }) };
    findings.push(told);
    if (exitCodeOf(finding) > exitCode) exitCode = exitCodeOf(finding);
    if (options['json'] !== true) stdout.write(formatFinding(told, stdout));
  };
  await checkAll(context, means, say);
  if (options['json'] === true) stdout.write(`${JSON.stringify({ exitCode, findings }, null, 2)}\n`);
  else if (exitCode === 0) {
    stdout.write(typeable('\nAll is well: `cmu-proxy serve` will work with this configuration.\n'));
  }
  return exitCode;
}

async function checkAll(context: CommandContext, means: CheckMeans, say: Say): Promise<void> {
  const { env, stopping } = context;
  const { effects } = means;
  const loaded = await new ConfigSource(configFileOf(context), env).load();
  if ('mistakes' in loaded) {
    for (const { advice, ...mistake } of loaded.mistakes) {
      const step = /statement/i.test(mistake.key) ? 'Software statement' : 'Configuration';
      say(failed(step, formatMistake(mistake), advice));
    }
    return;
  }
  const { config, inputs, warnings } = loaded;
  const places = (ways: readonly string[]): string => [...new Set(ways)].join(', ');
  const servers = places(clientsOf(config).map(({ dcr }) => wayTo(dcr.url.href, dcr.proxy)));
  const apis = places(routesOf(config).map(({ upstream }) => wayTo(upstream.url.origin, upstream.proxy)));
  say(ok('Configuration', `DCR at ${servers}, reports at ${apis}`));
  for (const { key, message } of warnings) say(worthKnowing('Configuration', `${key}: ${message}`));
  const { clients, routes } = inputs;
  const sayAbout = ({ config: { name } }: ClientInput): Say =>
    clients.length > 1 ? sayOf({ client: name }, say) : say;
  for (const client of clients) sayAbout(client)(statementFinding(client.statement));

  const secrets = new KnownSecrets();
  secrets.keep(loaded);
  await using resources = new Resources();
  const fleet = await openFleet(config, inputs, effects);
  resources.defer(() => fleet?.store.close());
  const budgets = createDcrBudgets(effects, fleet);
  const outlasts = patienceOf(means, stopping);
  const shared = { ...means, config, inputs, budgets, fleet, secrets, outlasts, stopping };
  // Each for itself: what is wrong with one says nothing about the others.
  for (const client of clients) {
    const own = routes.filter((route) => route.config.client === client.config.name);
    await checkClient({ ...shared, client, routes: own, say: sayAbout(client) });
  }
}

async function checkClient(check: ClientCheck): Promise<void> {
  const { config, effects, client, say } = check;
  const store = await openState(client.config.name, check, effects).catch((error: unknown) => {
    if (error instanceof StateLockedError) return error;
    throw error;
  });
  if (store instanceof StateLockedError) {
    say(failed('State folder', store.message, store.advice));
    return;
  }
  const events: DcrEvent[] = [];
  const running = new RunningClient(client, store.store, {
    ...check,
    onEvent: (event) => {
      events.push(event);
      if (event.event !== 'api-refused' || event.act === 'pass-on') return;
      const text = `the token is refused (${event.code ?? 'no more is said'}): trying with a new one`;
      aboutRoute(check, event.route)(worthKnowing('Report', text));
    },
    onIdentity: () => {},
  });
  try {
    say(stateFinding(config, store));
    const token = await checkCredentials(check, running.tokens, store, events);
    if (token instanceof DcrError) return await checkOtherDcrServers(client, token, check);
    for (const route of check.routes) {
      await checkReport({ ...check, say: aboutRoute(check, route.config.name) }, route, running);
    }
  } finally {
    await running.close();
  }
}

const aboutRoute = ({ routes, say }: ClientCheck, route: string): Say =>
  routes.length > 1 ? sayOf({ route }, say) : say;

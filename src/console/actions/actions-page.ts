import { type FunctionComponent, h } from 'preact';
import { useState } from 'preact/hooks';
import type { ClientStatus, LiveEvent } from '../../admin/wire.ts';
import { act } from '../base/api.ts';
import { Card } from '../base/card.ts';
import { fieldText } from '../base/field-text.ts';
import { bytes, relative, whole } from '../base/format.ts';
import { Action } from './action.ts';

/** What an operator may do: each behind a question, each told how it went. */
export const ActionsPage = ({ latest }: { latest: LiveEvent }) => {
  const { status, cache } = latest;
  const [prefix, setPrefix] = useState('');
  const now = Date.parse(status.now);
  const ofEachClient = (title: string, text: string, action: FunctionComponent<ClientActionProps>) =>
    h(
      Card,
      { title },
      h('p', {}, text),
      status.clients.map((client) =>
        h(action, { key: client.name, client, named: status.clients.length > 1, now }),
      ),
    );
  return h(
    'div',
    { class: 'page' },
    h('h1', {}, 'Actions'),
    h(
      'div',
      { class: 'columns' },
      ofEachClient(
        'Refresh the token',
        'Gets a new access token from Adobe now. The present one serves until the new one is there.',
        RefreshToken,
      ),
      ofEachClient(
        'Register anew',
        'For when Adobe refuses the client. The present client and its token serve until there are new ones.',
        RegisterAnew,
      ),
      h(
        Card,
        { title: 'Purge the cache' },
        h('p', {}, 'Forgets stored reports; whoever asks next gets them from Adobe.'),
        h('p', { class: 'muted' }, `${whole(cache.entries)} reports, ${bytes(cache.bytes)}.`),
        h(
          'label',
          { class: 'field' },
          'Only those whose path starts with',
          h('input', {
            type: 'text',
            value: prefix,
            placeholder: `${status.reports.prefix}/year/month`,
            spellcheck: false,
            onInput: (event: Event) => setPrefix(fieldText(event)),
          }),
        ),
        h(Action, {
          isDangerous: true,
          name: 'Purge cache…',
          title: prefix === '' ? 'Forget every stored report?' : 'Forget these reports?',
          action: 'Purge cache',
          question:
            prefix === ''
              ? `All ${whole(cache.entries)} reports are fetched from Adobe again, each when it is next asked for.`
              : ['Reports whose path starts with ', h('code', {}, prefix), ' are forgotten.'],
          run: async () => {
            const query = prefix === '' ? '' : `?path=${encodeURIComponent(prefix)}`;
            const answer = await act('DELETE', `/api/cache${query}`);
            return `${whole(Number(Object(answer).purged))} reports forgotten.`;
          },
        }),
      ),
    ),
  );
};

interface ClientActionProps {
  readonly client: ClientStatus;
  readonly named: boolean;
  readonly now: number;
}

const RegisterAnew = ({ client: { name, token }, named, now }: ClientActionProps) => {
  const { registration } = token;
  const whose = named ? ` for ${name}` : '';
  return h(
    'div',
    { class: 'client' },
    h(
      'p',
      { class: 'muted' },
      registration === null
        ? `There is no client${whose}.`
        : `The present client${whose} was registered ${relative(Date.parse(registration.issuedAt), now)}.`,
    ),
    h(Action, {
      isDangerous: true,
      name: `Register anew${whose}…`,
      title: `Register a new client${whose} now?`,
      action: 'Register anew',
      question:
        'Adobe wants registrations to be kept. Two calls are made, of the one a second that it allows.',
      run: async () => {
        await act('POST', `/api/registration/renew?client=${encodeURIComponent(name)}`);
        return 'A new client and its token are in service.';
      },
    }),
  );
};

const RefreshToken = (props: ClientActionProps) => {
  const {
    client: {
      name,
      token: { token },
    },
    named,
    now,
  } = props;
  const whose = named ? ` of ${name}` : '';
  return h(
    'div',
    { class: 'client' },
    h(
      'p',
      { class: 'muted' },
      token === null
        ? `There is no token${named ? ` for ${name}` : ''}.`
        : `The present one${whose} expires ${relative(Date.parse(token.expiresAt), now)}.`,
    ),
    h(Action, {
      name: `Refresh token${whose}…`,
      title: `Refresh the token${whose} now?`,
      action: 'Refresh token',
      question: 'One call is made to Adobe, which allows one a second for this address.',
      run: async () => {
        await act('POST', `/api/token/refresh?client=${encodeURIComponent(name)}`);
        return 'A new token is in service.';
      },
    }),
  );
};

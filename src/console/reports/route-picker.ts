import { h } from 'preact';
import type { RouteFacts } from '../../admin/wire.ts';
import { SelectField } from '../base/select-field.ts';
import { routeName, routesAt } from './routes.ts';

export interface RoutePickerProps {
  readonly route: RouteFacts;
  /** All that there are. */
  readonly routes: readonly RouteFacts[];
  /** Where another one leads. */
  readonly hash: (name: string) => string;
}

/** Which API, brand or environment; nothing where there is one. */
export const RoutePicker = ({ route, routes, hash }: RoutePickerProps) => {
  if (routes.length < 2) return null;
  const here = routesAt(routes, window.location.hostname);
  const elsewhere = routes.filter((it) => !here.includes(it));
  const [other] = elsewhere;
  return h(
    'div',
    { class: 'route' },
    here.length > 1 &&
      h(SelectField, {
        label: 'Route',
        value: route.name,
        options: here.map((it) => [it.name, routeName(it)] as const),
        onChoose: (name) => {
          window.location.hash = hash(name).slice(1);
        },
      }),
    other !== undefined &&
      h(
        'p',
        { class: 'note' },
        `${elsewhere.map(({ name }) => name).join(', ')}: open this page under ${other.hosts[0]}.`,
      ),
  );
};

// What a dashboard of ours may be, put together from the types that Grafana publishes (@grafana/schema, Apache-2.0). The query of
// our data source has no published type: Target says what its editor writes. See docs/dashboards.md.
import * as d from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen';
import * as stat from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import * as table from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';
import * as timeseries from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';
import * as timeline from './node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen';

export interface Target {
  refId: string; datasource: { type: 'grafana-postgresql-datasource'; uid: string };
  editorMode: 'code'; rawQuery: true; format: 'time_series' | 'table'; rawSql: string; hide?: boolean;
}
type Fields<C> = Omit<d.FieldConfigSource, 'defaults'> & { defaults: Omit<d.FieldConfig, 'custom'> & { custom?: C } };
type Of<T, O, C> = Omit<d.Panel, 'type' | 'options' | 'fieldConfig' | 'targets' | 'id'> &
  { type: T; id: number; options: O; fieldConfig: Fields<C>; targets: Target[]; gridPos: d.GridPos };
export type WardPanel =
  | Of<'stat', stat.Options, {}>
  | Of<'table', table.Options, table.FieldConfig>
  | Of<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Of<'state-timeline', timeline.Options, timeline.FieldConfig & { spanNulls?: boolean | number }>;
export type WardDashboard = Omit<d.Dashboard, 'panels'> & { panels: WardPanel[] };

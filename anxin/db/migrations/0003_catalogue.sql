-- The catalogue: which of the nine risks of GB 38600 a kind guards against, and whether a rule may suppress it.
alter table anxin.alert_kind
    add column risks smallint[] not null default '{}', add column suppressible boolean not null default true;

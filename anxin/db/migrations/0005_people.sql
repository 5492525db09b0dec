-- People: how they are reached, when they are on duty, to whom an unanswered alert goes, what their families are told.
alter table anxin.account add column email text;

-- Shifts on certain days only. days: ISO weekdays 1 to 7 (null: all); first_day, last_day: of the shift's beginning.
alter table anxin.duty drop constraint duty_account_id_ward_id_post_shift_key;
alter table anxin.duty
    add column days smallint[], add column first_day date, add column last_day date,
    add constraint duty_days_are_weekdays check (days <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]);

-- Somebody is not there; substitute_id: who stands in for her (a swap). by_hand: noted on the page, kept at a load of
-- the facility file. ended_at: taken back.
create table anxin.absence (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    account_id integer not null references anxin.account, substitute_id integer references anxin.account,
    starts_at timestamptz not null, ends_at timestamptz not null, reason text not null
        check (reason in ('ill', 'swap', 'leave')),
    by_hand boolean not null default false, noted_by integer references anxin.account, noted_at timestamptz not null,
    ended_at timestamptz, check (ends_at > starts_at), check (substitute_id is distinct from account_id)
);
create index absence_facility on anxin.absence (facility_id, ends_at) where ended_at is null;

-- To whom an unanswered alert goes, where the home wants it otherwise than the defaults; from its time on.
create table anxin.escalation_plan (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    kind text, priority smallint not null check (priority in (1, 2)), ward_id integer references anxin.ward, shift text,
    levels jsonb not null, repeat_s real not null check (repeat_s > 0), valid_from timestamptz not null,
    valid_to timestamptz
);
create unique index escalation_plan_one_in_force on anxin.escalation_plan
    (facility_id, coalesce(kind, ''), priority, coalesce(ward_id, 0), coalesce(shift, '')) where valid_to is null;

-- A browser in which somebody switched push messages on.
create table anxin.push_subscription (
    endpoint text primary key, facility_id integer not null references anxin.facility,
    account_id integer not null references anxin.account, p256dh text not null, auth text not null,
    created_at timestamptz not null
);
create index push_subscription_account on anxin.push_subscription (account_id);

-- "Does my phone ring?": one test a person, channel and beginning of a shift. confirmed_at: she tapped that it rang.
create table anxin.phone_test (
    id bigint generated always as identity primary key, facility_id integer not null references anxin.facility,
    account_id integer not null references anxin.account, channel text not null, shift text not null,
    shift_at timestamptz not null, due_at timestamptz not null, attempts integer not null default 0,
    state text not null default 'pending' check (state in ('pending', 'sent', 'failed', 'no_address')),
    last_error text, done_at timestamptz, confirmed_at timestamptz, told_at timestamptz,
    unique (account_id, channel, shift_at)
);
create index phone_test_due on anxin.phone_test (channel, due_at) where state = 'pending';
create index phone_test_open on anxin.phone_test (facility_id, shift_at) where confirmed_at is null;

-- A confirmed event that a nurse has released to the family.
create table anxin.family_release (
    alert_id bigint primary key references anxin.alert, released_at timestamptz not null,
    released_by integer not null references anxin.account
);

-- "What would another number have done?": asked on a page, answered by the analytics.
create table anxin.what_if (
    id integer generated always as identity primary key, facility_id integer not null references anxin.facility,
    asked_by integer references anxin.account, asked_at timestamptz not null, rule text not null,
    parameter text not null, value jsonb not null, days real not null check (days > 0),
    state text not null default 'asked' check (state in ('asked', 'done', 'failed')), done_at timestamptz, result jsonb
);

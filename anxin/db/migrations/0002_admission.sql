-- What was added on a page stays when a facility file that does not name it is loaded; who did it is kept.
alter table anxin.gateway add column by_hand boolean not null default false;
alter table anxin.device
    add column by_hand boolean not null default false, add column assigned_by integer references anxin.account,
    add column assigned_at timestamptz;

-- Which gateways may speak at the broker: a one-time code, then a password of their own, then perhaps its end.
create table anxin.gateway_access (
    gateway_id integer primary key references anxin.gateway, code_hash bytea unique, code_expires_at timestamptz,
    password_hash text, enrolled_at timestamptz, revoked_at timestamptz, changed_by integer references anxin.account,
    constraint code_means_until_when check ((code_hash is null) = (code_expires_at is null)),
    constraint password_means_since_when check ((password_hash is null) = (enrolled_at is null)),
    constraint revoked_has_no_password check (revoked_at is null or (password_hash is null and code_hash is null))
);

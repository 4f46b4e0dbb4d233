-- Whether the jobs run is seen on a page, not only in a log: the worker writes down each run.

create table scheduler.job (
  name text primary key,
  seconds integer not null check (seconds > 0),
  began_at timestamptz not null,
  ended_at timestamptz,
  milliseconds bigint,
  runs bigint not null default 0,
  failures bigint not null default 0,
  failed_at timestamptz,
  failure text -- the kind of error, never its words
);
comment on table scheduler.job is 'central: when each job last ran, how long it took, and what last went wrong';
grant select, insert, update on scheduler.job to fieldwork_worker;
grant select on scheduler.job to fieldwork_staff;

-- Calls and falls are read before a backlog: of the rows of the log this index holds the few of the urgent lane.
create index log_urgent on anxin.log (partition, arrival) where lane = 'urgent';

-- The queries of dashboards/ward.py, read as the role anxin_report. Macros and variables are Grafana's. What belongs to no
-- ward (a gateway, an alert of the whole house) is shown with every ward of its facility.

-- name: wards
-- The wards to choose from.
select label as __text, ward_id::text as __value from report.ward order by facility, code

-- name: all_wards
-- What stands for all wards inside of `in (…)`.
select ward_id from report.ward

-- name: open_counts
-- Open alerts by priority.
select count(*) filter (where priority = 1) as "高 High", count(*) filter (where priority = 2) as "中 Medium",
    count(*) filter (where priority = 3) as "低 Low"
from report.alert
where resolved_at is null and (ward_id in ($ward)
    or ward_id is null and facility_id in (select facility_id from report.ward where ward_id in ($ward)))

-- name: bed_counts
-- Beds by what is known of them now.
select count(*) filter (where lived_in and occupancy in ('in', 'edge')) as "在床 In",
    count(*) filter (where lived_in and occupancy = 'out') as "离床 Out",
    count(*) filter (where lived_in and occupancy = 'unknown') as "未知 Unknown",
    count(*) filter (where not lived_in) as "空床 Free"
from report.bed where ward_id in ($ward)

-- name: watch
-- How far the watch itself is behind.
select stored_age_s as "入库 Stored", shown_age_s as "现状 Shown", watched_age_s as "分析 Watched" from report.watch

-- name: open_alerts
-- Open alerts, the most urgent first, those nobody has taken before the others.
select priority as "优先级 Priority", label_zh || ' ' || label_en as "告警 Alert", ward as "病区 Ward",
    place as "位置 Place", age_s as "已持续 Since", state as "状态 State", coalesce(taken_by, '无人 nobody') as "谁在处理 Who",
    occurrences as "次数 Times"
from report.alert
where resolved_at is null and (ward_id in ($ward)
    or ward_id is null and facility_id in (select facility_id from report.ward where ward_id in ($ward)))
order by priority, taken_by is not null, raised_at

-- name: beds
-- Beds with occupancy, rates and the age of each.
select ward as "病区 Ward", label as "床位 Bed", case when lived_in then occupancy else 'free' end as "状态 State",
    occupancy_age_s as "距今 Age", heart_rate as "心率 HR /min", heart_rate_age_s as "心率距今 HR age",
    respiratory_rate as "呼吸 RR /min", respiratory_rate_age_s as "呼吸距今 RR age"
from report.bed where ward_id in ($ward) order by ward, label

-- name: bed_timeline
-- When each bed was in use: numbers, as a timeline of texts would not be drawn as series.
select s.starts_at as time, b.label as metric,
    case s.state when 'in' then 1 when 'out' then 2 when 'free' then 3 else 0 end as state
from report.bed_place b cross join lateral report.bed_segments(b.bed_id, $__timeFrom(), $__timeTo()) s
where b.ward_id in ($ward) order by 1, 2

-- name: heart_rate
-- Heart rate of each bed. date_bin gives the same type on both engines, what Grafana has of its own does not.
select date_bin('$__interval', minute, timestamptz 'epoch') as time, label as metric,
    sum(value * samples) / nullif(sum(samples), 0) as rate
from report.bed_minute
where kind = 'heart_rate' and ward_id in ($ward) and $__timeFilter(minute)
group by 1, 2 order by 1, 2

-- name: respiratory_rate
-- Respiratory rate of each bed.
select date_bin('$__interval', minute, timestamptz 'epoch') as time, label as metric,
    sum(value * samples) / nullif(sum(samples), 0) as rate
from report.bed_minute
where kind = 'respiratory_rate' and ward_id in ($ward) and $__timeFilter(minute)
group by 1, 2 order by 1, 2

-- name: silent
-- Devices and gateways that are not heard as promised, gateways first.
select sort as "类别 Sort", name as "名称 Name", ward as "病区 Ward", place as "位置 Place", gateway as "网关 Gateway",
    age_s as "多久未听到 Silent for", promised_s as "约定 Promised"
from report.equipment
where silent and (ward_id in ($ward)
    or ward_id is null and facility_id in (select facility_id from report.ward where ward_id in ($ward)))
order by sort desc, age_s desc nulls first

-- name: alerts_per_day
-- Alerts by the facility's local day, without tests.
select day as time, case priority when 1 then '高 High' when 2 then '中 Medium' else '低 Low' end as metric,
    count(*) as alerts
from report.alert
where $__timeFilter(raised_at) and outcome is distinct from 'test' and (ward_id in ($ward)
    or ward_id is null and facility_id in (select facility_id from report.ward where ward_id in ($ward)))
group by 1, 2 order by 1, 2

-- name: response
-- How long alerts waited for somebody to take them and to be there, without tests.
select label_zh || ' ' || label_en as "告警 Alert", priority as "优先级 Priority", count(*) as "数量 Alerts",
    count(*) filter (where acknowledge_s is null) as "无人接手 Nobody took",
    percentile_cont(0.5) within group (order by acknowledge_s) as "接手 Taken p50",
    percentile_cont(0.9) within group (order by acknowledge_s) as "接手 Taken p90",
    percentile_cont(0.5) within group (order by arrive_s) as "到场 There p50",
    percentile_cont(0.9) within group (order by arrive_s) as "到场 There p90"
from report.alert
where $__timeFilter(raised_at) and outcome is distinct from 'test' and (ward_id in ($ward)
    or ward_id is null and facility_id in (select facility_id from report.ward where ward_id in ($ward)))
group by label_zh, label_en, priority order by priority, 3 desc

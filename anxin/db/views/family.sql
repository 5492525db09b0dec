-- family.*: what a consented relative may read, as the role anxin_family with the setting anxin.account.
grant usage on schema family to anxin_family;

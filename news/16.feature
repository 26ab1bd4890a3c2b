A scheduler that gives each waiting job its reason: priorities with backfill, dependencies, start dates, slot limits,
reservations with their ACLs, features, generic resources and node allocation policies.

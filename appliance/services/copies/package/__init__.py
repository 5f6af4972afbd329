"""The agency's copy (提供機關之複本, 八(五)3(3), D-08): approved minutes in, one encrypted archive out."""
